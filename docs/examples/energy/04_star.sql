-- Energy-Charts, step 4 of 5: a star schema over the landed tables.
--
-- Two transforms add to each value its local time and how long it holds, and elt.create_dimension and
-- elt.create_fact make the star of them. Each follows the run that lands the values.
--
--   * A country, zone or series that names.sql does not list becomes an inferred member, so no fact is
--     ever lost in a join. mart.unlisted_names shows them.
--   * A day is a local day of the country. It has 23 or 25 hours when the clock changes.
--   * Restrict a time range by ts, so that partitions of other months are pruned.

\set ON_ERROR_STOP on
SET client_min_messages = warning;
\ir names.sql

-- ---------------------------------------------------------------------------------------------
-- Values with their local time and their step

-- The step of a point is the duration of its power: 15 minutes or an hour. It is not in the
-- responses, differs between countries, and may change at a local midnight. It is derived from the
-- neighbouring points of the same series, the previous one within 15 minutes and the next one within
-- an hour; a point with a null value counts as a point:
--   off the full hour                             15 minutes
--   a point in the next quarter of an hour        15 minutes
--   none there, but one in the last quarter       15 minutes (a gap, or the newest point) ...
--     ... unless this is midnight with a point    1 hour (from here on the series is hourly)
--     an hour later
--   none on either side                           1 hour
CREATE OR REPLACE FUNCTION energy.step(ts timestamptz, local_ts timestamp, previous timestamptz, next timestamptz)
RETURNS interval LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN date_part('minute', local_ts) <> 0 OR next <= ts + interval '15 minutes'
		OR (previous IS NOT NULL AND (local_ts::time <> '00:00' OR next IS NULL)) THEN interval '15 minutes'
	ELSE interval '1 hour' END;

CREATE OR REPLACE VIEW energy.generation_source AS
SELECT p.ts, p.country, p.production_type, l.local_ts, s.step, p.power_mw AS value,
	CASE WHEN t.unit = 'MW' THEN p.power_mw END AS power_mw,
	CASE WHEN t.unit = '%' THEN p.power_mw END AS share_percent,
	CASE WHEN t.unit = 'MW' THEN p.power_mw::numeric * CASE s.step WHEN interval '15 minutes' THEN 0.25 ELSE 1 END END AS energy_mwh
FROM energy.public_power p
LEFT JOIN energy.countries c USING (country)
LEFT JOIN energy.production_types t USING (production_type)
CROSS JOIN LATERAL (SELECT p.ts AT TIME ZONE coalesce(c.time_zone, 'UTC')) l (local_ts)
CROSS JOIN LATERAL (SELECT energy.step(p.ts, l.local_ts,
	(SELECT max(n.ts) FROM energy.public_power n WHERE n.country = p.country AND n.production_type = p.production_type
		AND n.ts >= p.ts - interval '15 minutes' AND n.ts < p.ts),
	(SELECT min(n.ts) FROM energy.public_power n WHERE n.country = p.country AND n.production_type = p.production_type
		AND n.ts > p.ts AND n.ts <= p.ts + interval '1 hour')) OFFSET 0) s (step);
COMMENT ON COLUMN energy.generation_source.step IS 'how long the power held: 15 minutes or an hour, read from the neighbouring points';
COMMENT ON COLUMN energy.generation_source.value IS 'as delivered, in the unit of dim_production_type';
COMMENT ON COLUMN energy.generation_source.energy_mwh IS 'power times step, an exact decimal; consumption is negative; NULL where power is NULL';

CREATE OR REPLACE VIEW energy.prices_source AS
SELECT p.ts, p.bidding_zone, z.country, l.local_ts, s.step, p.price, p.unit, CASE WHEN p.unit IN
	('EUR / MWh', 'EUR/MWh', 'EUR / megawatt_hour', 'No Unit') THEN p.price END AS price_eur_mwh, p.license
FROM energy.price p
LEFT JOIN energy.bidding_zones z USING (bidding_zone)
CROSS JOIN LATERAL (SELECT p.ts AT TIME ZONE coalesce(z.time_zone, 'UTC')) l (local_ts)
CROSS JOIN LATERAL (SELECT energy.step(p.ts, l.local_ts,
	(SELECT max(n.ts) FROM energy.price n WHERE n.bidding_zone = p.bidding_zone AND n.ts >= p.ts - interval '15 minutes' AND n.ts < p.ts),
	(SELECT min(n.ts) FROM energy.price n WHERE n.bidding_zone = p.bidding_zone AND n.ts > p.ts AND n.ts <= p.ts + interval '1 hour'))
	OFFSET 0) s (step);
COMMENT ON COLUMN energy.prices_source.price_eur_mwh IS 'the price where the unit is a known spelling of EUR per MWh (the API said "No Unit" for a while), else NULL';
COMMENT ON COLUMN energy.prices_source.license IS 'license of the prices of this zone; read it before you publish them';

-- A new point can change the step of those before and after it. Prices are known until the end of tomorrow.
SELECT elt.create_pipeline('generation', source => 'energy.generation_source', target => 'energy.generation',
	key => '{ts,country,production_type}', partition_by => 'ts', partition_interval => '1 month', retain => '5 years',
	options => jsonb_build_object('load', 'full', 'absent', 'delete', 'after', '["public_power"]'::jsonb,
		'changes_of', '["public_power"]'::jsonb, 'key_map', $$SELECT n.ts, n.country, n.production_type
			FROM energy.public_power p JOIN energy.public_power n USING (country, production_type)
			WHERE p._loaded_at > elt.changed_since('public_power') AND n.ts >= p.ts - interval '1 hour' AND n.ts <= p.ts + interval '15 minutes'$$))
WHERE NOT EXISTS (SELECT FROM elt.pipelines WHERE name = 'generation');
SELECT elt.create_pipeline('prices', source => 'energy.prices_source', target => 'energy.prices',
	key => '{ts,bidding_zone}', partition_by => 'ts', partition_interval => '1 month', retain => '5 years',
	options => jsonb_build_object('load', 'full', 'absent', 'delete', 'max_future', '3 days', 'after', '["price"]'::jsonb,
		'changes_of', '["price"]'::jsonb, 'key_map', $$SELECT n.ts, n.bidding_zone
			FROM energy.price p JOIN energy.price n USING (bidding_zone)
			WHERE p._loaded_at > elt.changed_since('price') AND n.ts >= p.ts - interval '1 hour' AND n.ts <= p.ts + interval '15 minutes'$$))
WHERE NOT EXISTS (SELECT FROM elt.pipelines WHERE name = 'prices');

CREATE OR REPLACE VIEW energy.installed_power AS
SELECT country, production_type, period, resolution, power_gw AS value, CASE WHEN t.installed_unit = 'GW' THEN power_gw END AS power_gw,
	CASE WHEN t.installed_unit = 'GWh' THEN power_gw END AS capacity_gwh
FROM (SELECT country, production_type, period, power_gw, 'year' AS resolution FROM energy.installed_power_yearly
	UNION ALL SELECT country, production_type, period, power_gw, 'month' FROM energy.installed_power_monthly) i
LEFT JOIN energy.production_types t USING (production_type);
COMMENT ON COLUMN energy.installed_power.resolution IS 'year or month: pick one, and never add up periods';

-- ---------------------------------------------------------------------------------------------
-- Dimensions and facts

CREATE SCHEMA IF NOT EXISTS mart;
COMMENT ON SCHEMA mart IS 'Energy-Charts as a star schema: dim_ and fact_ views, and analyses on top of them';
SELECT elt.create_date_dimension('mart.dim_date', '2000-01-01', '2049-12-31') WHERE to_regclass('mart.dim_date') IS NULL;
SELECT elt.create_time_dimension('mart.dim_time', '15 minutes') WHERE to_regclass('mart.dim_time') IS NULL;
SELECT elt.create_dimension('mart.dim_country', 'energy.countries', '{country}', replace => true);
SELECT elt.create_dimension('mart.dim_bidding_zone', 'energy.bidding_zones', '{bidding_zone}', replace => true);
SELECT elt.create_dimension('mart.dim_production_type', 'energy.production_types', '{production_type}', replace => true);

SELECT elt.create_fact('mart.fact_generation', 'energy.generation', '{ts,country,production_type}',
	dimensions => '{"dim_country": "country", "dim_production_type": "production_type"}',
	dates => '{"dim_date": "local_ts", "dim_time": "local_ts"}', measures => '{energy_mwh}',
	non_additive => '{value,power_mw,share_percent}', degenerate => '{step}', units => '{"energy_mwh": "MWh", "power_mw": "MW"}', replace => true);
SELECT elt.create_fact('mart.fact_price', 'energy.prices', '{ts,bidding_zone}',
	dimensions => '{"dim_bidding_zone": "bidding_zone", "dim_country": "country"}', dates => '{"dim_date": "local_ts", "dim_time": "local_ts"}',
	non_additive => '{price,price_eur_mwh}', degenerate => '{step,unit,license}', units => '{"price_eur_mwh": "EUR/MWh"}', replace => true);
SELECT elt.create_fact('mart.fact_installed_power', 'energy.installed_power', '{country,production_type,resolution,period}',
	dimensions => '{"dim_country": "country", "dim_production_type": "production_type"}', dates => '{"dim_date": "period"}',
	semi_additive => '{value,power_gw,capacity_gwh}', kind => 'periodic_snapshot', replace => true);

CREATE OR REPLACE VIEW mart.unlisted_names AS
SELECT 'dim_country' AS dimension, country AS name FROM mart.dim_country WHERE is_inferred
UNION ALL SELECT 'dim_production_type', production_type FROM mart.dim_production_type WHERE is_inferred
UNION ALL SELECT 'dim_bidding_zone', bidding_zone FROM mart.dim_bidding_zone WHERE is_inferred
UNION SELECT 'dim_country', country FROM mart.fact_installed_power WHERE country_key = -1
UNION SELECT 'dim_production_type', production_type FROM mart.fact_installed_power WHERE production_type_key = -1;
COMMENT ON VIEW mart.unlisted_names IS 'grain: one name that occurs in the data and is not in names.sql; no analysis has its series';
RESET client_min_messages;
