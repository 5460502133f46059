-- Energy-Charts, step 3 of 5: check rows before they land.
--
-- A check is a boolean SQL expression over one row. As with CHECK constraints, NULL passes: add
-- "x IS NOT NULL" if a value is required. The action determines what happens to a row that
-- violates it:
--
--   warn        the row lands, and is counted in elt.runs
--   quarantine  the row goes to elt.rejects with its raw text and the reason; the others land
--   drop        the row is discarded, and counted
--   fail        nothing of the batch lands; the run fails and the next run requests it again

\set ON_ERROR_STOP on

-- No country has 200 GW on one line of this list. Shares in % are far inside the range.
SELECT elt.add_check('public_power', 'sane_power',
	'power_mw BETWEEN -200000 AND 200000', action => 'quarantine')
WHERE NOT EXISTS (SELECT FROM elt.checks WHERE pipeline = 'public_power' AND name = 'sane_power');

-- The energy of a row is its power times the step of its grid: a timestamp between the grid's
-- points would be counted on top.
SELECT elt.add_check('public_power', 'on_the_grid',
	'date_part(''epoch'', ts)::bigint % 900 = 0', action => 'quarantine')
WHERE NOT EXISTS (SELECT FROM elt.checks WHERE pipeline = 'public_power' AND name = 'on_the_grid');

-- A share of load passes 100 when a country exports; values far above are suspicious.
SELECT elt.add_check('public_power', 'plausible_share',
	'production_type NOT LIKE ''Renewable share%'' OR power_mw BETWEEN -50 AND 300', action => 'warn')
WHERE NOT EXISTS (SELECT FROM elt.checks WHERE pipeline = 'public_power' AND name = 'plausible_share');

-- The exchanges' own limits are -500 and 4000 to 5000 EUR/MWh.
SELECT elt.add_check('price', 'sane_price',
	'price BETWEEN -1000 AND 10000', action => 'quarantine')
WHERE NOT EXISTS (SELECT FROM elt.checks WHERE pipeline = 'price' AND name = 'sane_price');

-- Spellings of the unit that are known to mean EUR per MWh (04_star.sql reads them). Another one
-- lands, but no price in EUR is made of it.
SELECT elt.add_check('price', 'known_unit',
	'unit IN (''EUR / MWh'', ''EUR/MWh'', ''EUR / megawatt_hour'', ''No Unit'')', action => 'warn')
WHERE NOT EXISTS (SELECT FROM elt.checks WHERE pipeline = 'price' AND name = 'known_unit');

-- The response includes years up to 2030 for the planned series; for all other series they are
-- null, and such a row has no information.
SELECT elt.add_check('installed_power_yearly', 'has_value',
	'power_gw IS NOT NULL', action => 'drop')
WHERE NOT EXISTS (SELECT FROM elt.checks WHERE pipeline = 'installed_power_yearly' AND name = 'has_value');
SELECT elt.add_check('installed_power_monthly', 'has_value',
	'power_gw IS NOT NULL', action => 'drop')
WHERE NOT EXISTS (SELECT FROM elt.checks WHERE pipeline = 'installed_power_monthly' AND name = 'has_value');

-- Some variants of this response are in MW. A value of four digits means that all values are a
-- thousand times too large, so no row may land.
SELECT elt.add_check('installed_power_yearly', 'unit_is_gw',
	'power_gw < 2000', action => 'fail')
WHERE NOT EXISTS (SELECT FROM elt.checks WHERE pipeline = 'installed_power_yearly' AND name = 'unit_is_gw');
SELECT elt.add_check('installed_power_monthly', 'unit_is_gw',
	'power_gw < 2000', action => 'fail')
WHERE NOT EXISTS (SELECT FROM elt.checks WHERE pipeline = 'installed_power_monthly' AND name = 'unit_is_gw');
