-- Energy-Charts, step 2 of 5: load the responses into tables on a schedule.
--
-- Four pipelines. Each requests new data, compares it with its target, and writes only rows that
-- are new or changed. The target tables are created here; no data is requested yet.
--
-- Variables, each with a default:
--   start_at       the first day to load                     90 days ago
--   schedule       when to pull power and prices (pg_cron)   every quarter of an hour, '*/15 * * * *'
--   schedule_slow  when to pull installed power              daily, '40 3 * * *'
--   countries      JSON array                                ["de", "fr"]
--   bidding_zones  JSON array                                ["DE-LU", "FR"]
-- Times are UTC. Without pg_cron: -v schedule= -v schedule_slow= and run by hand.

\set ON_ERROR_STOP on
\if :{?start_at}
\else
	SELECT (current_date - 90)::text AS start_at \gset
\endif
\if :{?schedule}
\else
	\set schedule '*/15 * * * *'
\endif
\if :{?schedule_slow}
\else
	\set schedule_slow '40 3 * * *'
\endif
\if :{?countries}
\else
	\set countries '["de", "fr"]'
\endif
\if :{?bidding_zones}
\else
	\set bidding_zones '["DE-LU", "FR"]'
\endif

CREATE SCHEMA IF NOT EXISTS energy;
COMMENT ON SCHEMA energy IS 'loaded Energy-Charts data: one table per pipeline';

-- The key makes a later response overwrite an earlier one. This API requires it: the newest values
-- are provisional and are replaced hours later, nulls become numbers, and days are revised for
-- weeks. lookback requests the last days again in every run; to request older days again: SELECT elt.backfill('public_power', from, to);
SELECT elt.create_pipeline('public_power',
	source => 'energy_api.public_power',
	target => 'energy.public_power',
	key => '{country,production_type,ts}',
	strategy => 'upsert',
	params => jsonb_build_object('country', :'countries'::jsonb),
	start_at => :'start_at'::timestamp AT TIME ZONE 'Europe/Berlin',
	lookback => '3 days',
	partition_by => 'ts',
	partition_interval => '1 month',
	retain => '5 years',
	schedule => nullif(:'schedule', ''))
WHERE NOT EXISTS (SELECT FROM elt.pipelines WHERE name = 'public_power');

-- Prices are published a day ahead, about 13:00 in Brussels: a delay below zero asks for tomorrow as
-- well. Until then the API returns 404, and the day is requested again.
SELECT elt.create_pipeline('price',
	source => 'energy_api.price',
	target => 'energy.price',
	key => '{bidding_zone,ts}',
	strategy => 'upsert',
	params => jsonb_build_object('bzn', :'bidding_zones'::jsonb),
	start_at => :'start_at'::timestamp AT TIME ZONE 'Europe/Berlin',
	lookback => '2 days',
	options => '{"publication_delay": "-1 day"}',
	partition_by => 'ts',
	partition_interval => '1 month',
	retain => '5 years',
	schedule => nullif(:'schedule', ''))
WHERE NOT EXISTS (SELECT FROM elt.pipelines WHERE name = 'price');

-- Small tables, loaded completely in every run and kept forever: no windows, partitions or retention.
SELECT elt.create_pipeline('installed_power_yearly',
	source => 'energy_api.installed_power_yearly',
	target => 'energy.installed_power_yearly',
	key => '{country,production_type,period}',
	strategy => 'upsert',
	params => jsonb_build_object('country', :'countries'::jsonb),
	schedule => nullif(:'schedule_slow', ''))
WHERE NOT EXISTS (SELECT FROM elt.pipelines WHERE name = 'installed_power_yearly');

SELECT elt.create_pipeline('installed_power_monthly',
	source => 'energy_api.installed_power_monthly',
	target => 'energy.installed_power_monthly',
	key => '{country,production_type,period}',
	strategy => 'upsert',
	params => '{"country": ["de"]}',
	schedule => nullif(:'schedule_slow', ''))
WHERE NOT EXISTS (SELECT FROM elt.pipelines WHERE name = 'installed_power_monthly');
