-- Energy-Charts, step 4 of 5: a star schema over the landed tables.
--
-- Data of the API is read through views: nothing is copied or needs a refresh, and revised values
-- are visible at once. Dimensions have one row per member and integer keys; facts have one row per
-- measurement and reference their members.
--
--   * Member -1 is "unknown": a fact whose country or series is not in the list below points
--     there and keeps its own text. No fact is ever lost in a join. mart.unlisted_names shows them.
--   * A day is a local day of the country. It has 23 or 25 hours when the clock changes.
--   * Restrict a time range by ts, so that partitions of other months are pruned.

\set ON_ERROR_STOP on

CREATE SCHEMA IF NOT EXISTS mart;
COMMENT ON SCHEMA mart IS 'Energy-Charts as a star schema: dim_ and fact_ views, and analyses on top of them';

-- The key of a local time: 2024-03-31 14:45 is 20240331 and 1445.
CREATE OR REPLACE FUNCTION mart.date_key(local_time timestamp) RETURNS int
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN local_time >= '2000-01-01' AND local_time < '2050-01-01'
	THEN (date_part('year', local_time) * 10000 + date_part('month', local_time) * 100
		+ date_part('day', local_time))::int
	ELSE -1 END;
COMMENT ON FUNCTION mart.date_key IS 'key of dim_date for a local time: YYYYMMDD, -1 outside of the calendar';

CREATE OR REPLACE FUNCTION mart.time_key(local_time timestamp) RETURNS int
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (date_part('hour', local_time) * 100 + date_part('minute', local_time))::int;
COMMENT ON FUNCTION mart.time_key IS 'key of dim_time for a local time: HHMM';

-- ---------------------------------------------------------------------------------------------
-- Dimensions

-- Days and minutes never change, so they are stored in tables with indexes for joins.
CREATE TABLE IF NOT EXISTS mart.calendar (
	date_key int PRIMARY KEY,
	date date UNIQUE,
	iso_year int,
	iso_week int,
	iso_day_of_week int,
	day_name text NOT NULL,
	year int,
	quarter int,
	month int,
	month_name text NOT NULL,
	day_of_month int,
	month_start date,
	is_weekend boolean
);
COMMENT ON TABLE mart.calendar IS 'days of dim_date, without columns that depend on the current date';
INSERT INTO mart.calendar
SELECT mart.date_key(d), d, date_part('isoyear', d), date_part('week', d), date_part('isodow', d),
	to_char(d, 'FMDay'), date_part('year', d), date_part('quarter', d), date_part('month', d),
	to_char(d, 'FMMonth'), date_part('day', d), date_trunc('month', d), date_part('isodow', d) IN (6, 7)
FROM generate_series(timestamp '2000-01-01', timestamp '2049-12-31', interval '1 day') AS d
UNION ALL
SELECT -1, NULL, NULL, NULL, NULL, 'unknown', NULL, NULL, NULL, 'unknown', NULL, NULL, NULL
ON CONFLICT DO NOTHING;

CREATE TABLE IF NOT EXISTS mart.clock (
	time_key int PRIMARY KEY,
	time time UNIQUE,
	hour int,
	minute int,
	quarter_of_hour int,
	half_hour time,
	is_peak_hour boolean
);
COMMENT ON TABLE mart.clock IS 'minutes of dim_time';
INSERT INTO mart.clock
SELECT h * 100 + m, make_time(h, m, 0), h, m, m / 15 + 1, make_time(h, m / 30 * 30, 0), h BETWEEN 8 AND 19
FROM generate_series(0, 23) AS h, generate_series(0, 59) AS m
UNION ALL
SELECT -1, NULL, NULL, NULL, NULL, NULL, NULL
ON CONFLICT DO NOTHING;

ANALYZE mart.calendar, mart.clock;

CREATE OR REPLACE VIEW mart.dim_date AS
SELECT c.*, current_date - c.date AS days_ago FROM mart.calendar c;
COMMENT ON VIEW mart.dim_date IS 'grain: one local day, 2000 to 2049, and member -1; iso_week belongs to iso_year, not to year';

CREATE OR REPLACE VIEW mart.dim_time AS
SELECT * FROM mart.clock;
COMMENT ON VIEW mart.dim_time IS 'grain: one minute of the local day, and member -1; peak hours are 8 to 20 as on the power exchange, on any day';

-- The time zone decides where a day begins, as it does in the API. A key, once given, stays: add a
-- country at the end, with the next number, and run this script again.
CREATE OR REPLACE VIEW mart.dim_country (country_key, country, country_name, time_zone) AS VALUES
	(-1, NULL, 'unknown', 'UTC'),
	(1, 'de', 'Germany', 'Europe/Berlin'),
	(2, 'ch', 'Switzerland', 'Europe/Zurich'),
	(3, 'at', 'Austria', 'Europe/Vienna'),
	(4, 'fr', 'France', 'Europe/Paris'),
	(5, 'al', 'Albania', 'Europe/Tirane'),
	(6, 'am', 'Armenia', 'Asia/Yerevan'),
	(7, 'az', 'Azerbaijan', 'Asia/Baku'),
	(8, 'ba', 'Bosnia-Herzegovina', 'Europe/Sarajevo'),
	(9, 'be', 'Belgium', 'Europe/Brussels'),
	(10, 'bg', 'Bulgaria', 'Europe/Sofia'),
	(11, 'by', 'Belarus', 'Europe/Minsk'),
	(12, 'cy', 'Cyprus', 'Asia/Nicosia'),
	(13, 'cz', 'Czech Republic', 'Europe/Prague'),
	(14, 'dk', 'Denmark', 'Europe/Copenhagen'),
	(15, 'ee', 'Estonia', 'Europe/Tallinn'),
	(16, 'es', 'Spain', 'Europe/Madrid'),
	(17, 'eu', 'European Union', 'Europe/Brussels'),
	(18, 'fi', 'Finland', 'Europe/Helsinki'),
	(19, 'ge', 'Georgia', 'Asia/Tbilisi'),
	(20, 'gr', 'Greece', 'Europe/Athens'),
	(21, 'hr', 'Croatia', 'Europe/Zagreb'),
	(22, 'hu', 'Hungary', 'Europe/Budapest'),
	(23, 'ie', 'Ireland', 'Europe/Dublin'),
	(24, 'it', 'Italy', 'Europe/Rome'),
	(25, 'lt', 'Lithuania', 'Europe/Vilnius'),
	(26, 'lu', 'Luxembourg', 'Europe/Luxembourg'),
	(27, 'lv', 'Latvia', 'Europe/Riga'),
	(28, 'md', 'Moldova', 'Europe/Chisinau'),
	(29, 'me', 'Montenegro', 'Europe/Podgorica'),
	(30, 'mk', 'North Macedonia', 'Europe/Skopje'),
	(31, 'mt', 'Malta', 'Europe/Malta'),
	(32, 'nl', 'Netherlands', 'Europe/Amsterdam'),
	(33, 'no', 'Norway', 'Europe/Oslo'),
	(34, 'pl', 'Poland', 'Europe/Warsaw'),
	(35, 'pt', 'Portugal', 'Europe/Lisbon'),
	(36, 'ro', 'Romania', 'Europe/Bucharest'),
	(37, 'rs', 'Serbia', 'Europe/Belgrade'),
	(38, 'se', 'Sweden', 'Europe/Stockholm'),
	(39, 'si', 'Slovenia', 'Europe/Ljubljana'),
	(40, 'sk', 'Slovak Republic', 'Europe/Bratislava'),
	(41, 'ua', 'Ukraine', 'Europe/Kiev'),
	(42, 'uk', 'United Kingdom', 'Europe/London'),
	(43, 'xk', 'Kosovo', 'Europe/Belgrade');
COMMENT ON VIEW mart.dim_country IS 'grain: one country as the API names it, and member -1';

-- country has the production that belongs to a zone's price. Several zones of one country
-- share that country's production; the production of a small neighbour in the zone is left out.
CREATE OR REPLACE VIEW mart.dim_bidding_zone AS
SELECT z.bidding_zone_key, z.bidding_zone, z.bidding_zone_name,
	coalesce(c.country_key, -1) AS country_key, z.country,
	coalesce(c.time_zone, 'UTC') AS time_zone
FROM (VALUES
	(-1, NULL, 'unknown', NULL),
	(1, 'AT', 'Austria', 'at'),
	(2, 'BE', 'Belgium', 'be'),
	(3, 'BG', 'Bulgaria', 'bg'),
	(4, 'CH', 'Switzerland', 'ch'),
	(5, 'CZ', 'Czech Republic', 'cz'),
	(6, 'DE-LU', 'Germany, Luxembourg', 'de'),
	(7, 'DE-AT-LU', 'Germany, Austria, Luxembourg (to 2018-09)', 'de'),
	(8, 'DK1', 'Denmark 1', 'dk'),
	(9, 'DK2', 'Denmark 2', 'dk'),
	(10, 'EE', 'Estonia', 'ee'),
	(11, 'ES', 'Spain', 'es'),
	(12, 'FI', 'Finland', 'fi'),
	(13, 'FR', 'France', 'fr'),
	(14, 'GR', 'Greece', 'gr'),
	(15, 'HR', 'Croatia', 'hr'),
	(16, 'HU', 'Hungary', 'hu'),
	(17, 'IT-Calabria', 'Italy Calabria', 'it'),
	(18, 'IT-Centre-North', 'Italy Centre-North', 'it'),
	(19, 'IT-Centre-South', 'Italy Centre-South', 'it'),
	(20, 'IT-North', 'Italy North', 'it'),
	(21, 'IT-Sardinia', 'Italy Sardinia', 'it'),
	(22, 'IT-Sicily', 'Italy Sicily', 'it'),
	(23, 'IT-South', 'Italy South', 'it'),
	(24, 'LT', 'Lithuania', 'lt'),
	(25, 'LV', 'Latvia', 'lv'),
	(26, 'ME', 'Montenegro', 'me'),
	(27, 'NL', 'Netherlands', 'nl'),
	(28, 'NO1', 'Norway 1', 'no'),
	(29, 'NO2', 'Norway 2', 'no'),
	(30, 'NO3', 'Norway 3', 'no'),
	(31, 'NO4', 'Norway 4', 'no'),
	(32, 'NO5', 'Norway 5', 'no'),
	(33, 'PL', 'Poland', 'pl'),
	(34, 'PT', 'Portugal', 'pt'),
	(35, 'RO', 'Romania', 'ro'),
	(36, 'RS', 'Serbia', 'rs'),
	(37, 'SE1', 'Sweden 1', 'se'),
	(38, 'SE2', 'Sweden 2', 'se'),
	(39, 'SE3', 'Sweden 3', 'se'),
	(40, 'SE4', 'Sweden 4', 'se'),
	(41, 'SI', 'Slovenia', 'si'),
	(42, 'SK', 'Slovak Republic', 'sk')
) AS z (bidding_zone_key, bidding_zone, bidding_zone_name, country)
LEFT JOIN mart.dim_country c ON c.country = z.country;
COMMENT ON VIEW mart.dim_bidding_zone IS 'grain: one bidding zone of the day-ahead market, and member -1';

-- One list of series holds generation, consumption (negative), net trade, loads, and shares in %.
-- Only the first two are production. unit is the unit in the power feed, installed_unit in the
-- installed power feed; NULL where the feed does not have the series. Waste counts as not renewable
-- here; the API's own shares count about half of it.
CREATE OR REPLACE VIEW mart.dim_production_type (production_type_key, production_type, category,
	technology, is_renewable, unit, installed_unit, is_planned) AS VALUES
	(-1, NULL, 'unknown', NULL, NULL::boolean, NULL, NULL, NULL::boolean),
	(1, 'Hydro Run-of-River', 'generation', 'Hydro', true, 'MW', 'GW', false),
	(2, 'Hydro water reservoir', 'generation', 'Hydro', true, 'MW', 'GW', false),
	(3, 'Hydro pumped storage', 'generation', 'Pumped storage', false, 'MW', 'GW', false),
	(4, 'Hydro pumped storage consumption', 'consumption', 'Pumped storage', false, 'MW', NULL, false),
	(5, 'Hydro', 'generation', 'Hydro', true, 'MW', 'GW', false),
	(6, 'Biomass', 'generation', 'Biomass', true, 'MW', 'GW', false),
	(7, 'Geothermal', 'generation', 'Geothermal', true, 'MW', 'GW', false),
	(8, 'Marine', 'generation', 'Marine', true, 'MW', 'GW', false),
	(9, 'Wind offshore', 'generation', 'Wind offshore', true, 'MW', 'GW', false),
	(10, 'Wind onshore', 'generation', 'Wind onshore', true, 'MW', 'GW', false),
	(11, 'Solar', 'generation', 'Solar', true, 'MW', 'GW', false),
	(12, 'Other renewables', 'generation', 'Other', true, 'MW', 'GW', false),
	(13, 'Waste', 'generation', 'Waste', false, 'MW', 'GW', false),
	(14, 'Nuclear', 'generation', 'Nuclear', false, 'MW', 'GW', false),
	(15, 'Fossil brown coal / lignite', 'generation', 'Lignite', false, 'MW', 'GW', false),
	(16, 'Fossil hard coal', 'generation', 'Hard coal', false, 'MW', 'GW', false),
	(17, 'Fossil coal-derived gas', 'generation', 'Gas', false, 'MW', 'GW', false),
	(18, 'Fossil gas', 'generation', 'Gas', false, 'MW', 'GW', false),
	(19, 'Fossil oil', 'generation', 'Oil', false, 'MW', 'GW', false),
	(20, 'Fossil oil shale', 'generation', 'Oil', false, 'MW', 'GW', false),
	(21, 'Fossil peat', 'generation', 'Peat', false, 'MW', 'GW', false),
	(22, 'Others', 'generation', 'Other', false, 'MW', 'GW', false),
	(23, 'Battery', 'generation', 'Battery', false, 'MW', 'GW', false),
	(24, 'Battery Consumption', 'consumption', 'Battery', false, 'MW', NULL, false),
	(25, 'Cross border electricity trading', 'trade', NULL, NULL, 'MW', NULL, false),
	(26, 'Load', 'load', NULL, NULL, 'MW', NULL, false),
	(27, 'Load (incl. self-consumption)', 'load', NULL, NULL, 'MW', NULL, false),
	(28, 'Residual load', 'load', NULL, NULL, 'MW', NULL, false),
	(29, 'Renewable share of load', 'share', NULL, NULL, '%', NULL, false),
	(30, 'Renewable share of generation', 'share', NULL, NULL, '%', NULL, false),
	(31, 'Other, non-renewable', 'generation', 'Other', false, NULL, 'GW', false),
	(32, 'Solar DC', 'generation', 'Solar', true, NULL, 'GW', false),
	(33, 'Solar AC', 'generation', 'Solar', true, NULL, 'GW', false),
	(34, 'Solar gross', 'generation', 'Solar', true, NULL, 'GW', false),
	(35, 'Battery storage (power)', 'generation', 'Battery', false, NULL, 'GW', false),
	(36, 'Battery Storage (Power)', 'generation', 'Battery', false, NULL, 'GW', false),
	(37, 'Battery storage (capacity)', 'generation', 'Battery', false, NULL, 'GWh', false),
	(38, 'Battery Storage (Capacity)', 'generation', 'Battery', false, NULL, 'GWh', false),
	(39, 'Wind offshore planned (WindSeeG)', 'generation', 'Wind offshore', true, NULL, 'GW', true),
	(40, 'Wind onshore planned (EEG 2023)', 'generation', 'Wind onshore', true, NULL, 'GW', true),
	(41, 'Solar planned (EEG 2023)', 'generation', 'Solar', true, NULL, 'GW', true);
COMMENT ON VIEW mart.dim_production_type IS 'grain: one series name, and member -1 with category unknown; category is generation, consumption, trade, load or share';

-- ---------------------------------------------------------------------------------------------
-- Facts

-- The step of a point is the duration of its power: 15 minutes or an hour. It is not in the
-- responses, differs between countries, and may change at a local midnight. It is derived from the
-- neighbouring points of the same series:
--   off the full hour                             15 minutes
--   a point in the next quarter of an hour        15 minutes
--   none there, but one in the last quarter       15 minutes (a gap, or the newest point) ...
--     ... unless this is midnight with a point    1 hour (from here on the series is hourly)
--     an hour later
--   none on either side                           1 hour
-- A point with a null value counts as a point. OFFSET 0 keeps the planner from evaluating the
-- subquery once per column that uses the step.
CREATE OR REPLACE VIEW mart.fact_generation AS
SELECT coalesce(c.country_key, -1) AS country_key,
	coalesce(t.production_type_key, -1) AS production_type_key,
	mart.date_key(l.local_ts) AS date_key,
	mart.time_key(l.local_ts) AS time_key,
	p.country,
	p.production_type,
	p.ts,
	l.local_ts,
	make_interval(mins => s.minutes) AS step,
	p.power_mw AS value,
	CASE WHEN t.unit = 'MW' THEN p.power_mw END AS power_mw,
	CASE WHEN t.unit = '%' THEN p.power_mw END AS share_percent,
	CASE WHEN t.unit = 'MW'
		THEN p.power_mw::numeric * CASE s.minutes WHEN 15 THEN 0.25 ELSE 1 END END AS energy_mwh
FROM energy.public_power p
LEFT JOIN mart.dim_country c ON c.country = p.country
LEFT JOIN mart.dim_production_type t ON t.production_type = p.production_type
CROSS JOIN LATERAL (SELECT p.ts AT TIME ZONE coalesce(c.time_zone, 'UTC')) l (local_ts)
CROSS JOIN LATERAL (SELECT CASE
	WHEN date_part('minute', l.local_ts) <> 0 THEN 15
	WHEN EXISTS (SELECT FROM energy.public_power n
		WHERE n.country = p.country AND n.production_type = p.production_type
		AND n.ts > p.ts AND n.ts <= p.ts + interval '15 minutes') THEN 15
	WHEN EXISTS (SELECT FROM energy.public_power n
		WHERE n.country = p.country AND n.production_type = p.production_type
		AND n.ts >= p.ts - interval '15 minutes' AND n.ts < p.ts)
		AND (l.local_ts::time <> '00:00' OR NOT EXISTS (SELECT FROM energy.public_power n
			WHERE n.country = p.country AND n.production_type = p.production_type
			AND n.ts > p.ts AND n.ts <= p.ts + interval '1 hour')) THEN 15
	ELSE 60 END OFFSET 0) s (minutes);
COMMENT ON VIEW mart.fact_generation IS 'grain: one country, series and timestamp';
COMMENT ON COLUMN mart.fact_generation.step IS 'how long the power held: 15 minutes or an hour, read from the neighbouring points';
COMMENT ON COLUMN mart.fact_generation.value IS 'as delivered, in the unit of dim_production_type';
COMMENT ON COLUMN mart.fact_generation.power_mw IS 'average power over the step; NULL for shares and for unknown series';
COMMENT ON COLUMN mart.fact_generation.energy_mwh IS 'power times step, an exact decimal; consumption is negative; NULL where power is NULL';

CREATE OR REPLACE VIEW mart.fact_price AS
SELECT coalesce(z.bidding_zone_key, -1) AS bidding_zone_key,
	coalesce(z.country_key, -1) AS country_key,
	mart.date_key(l.local_ts) AS date_key,
	mart.time_key(l.local_ts) AS time_key,
	p.bidding_zone,
	p.ts,
	l.local_ts,
	make_interval(mins => s.minutes) AS step,
	p.price,
	p.unit,
	CASE WHEN p.unit IN ('EUR / MWh', 'EUR/MWh', 'EUR / megawatt_hour', 'No Unit')
		THEN p.price END AS price_eur_mwh,
	p.license
FROM energy.price p
LEFT JOIN mart.dim_bidding_zone z ON z.bidding_zone = p.bidding_zone
CROSS JOIN LATERAL (SELECT p.ts AT TIME ZONE coalesce(z.time_zone, 'UTC')) l (local_ts)
CROSS JOIN LATERAL (SELECT CASE
	WHEN date_part('minute', l.local_ts) <> 0 THEN 15
	WHEN EXISTS (SELECT FROM energy.price n
		WHERE n.bidding_zone = p.bidding_zone
		AND n.ts > p.ts AND n.ts <= p.ts + interval '15 minutes') THEN 15
	WHEN EXISTS (SELECT FROM energy.price n
		WHERE n.bidding_zone = p.bidding_zone
		AND n.ts >= p.ts - interval '15 minutes' AND n.ts < p.ts)
		AND (l.local_ts::time <> '00:00' OR NOT EXISTS (SELECT FROM energy.price n
			WHERE n.bidding_zone = p.bidding_zone
			AND n.ts > p.ts AND n.ts <= p.ts + interval '1 hour')) THEN 15
	ELSE 60 END OFFSET 0) s (minutes);
COMMENT ON VIEW mart.fact_price IS 'grain: one bidding zone and timestamp';
COMMENT ON COLUMN mart.fact_price.step IS 'how long the price holds: 15 minutes or an hour, read as in fact_generation';
COMMENT ON COLUMN mart.fact_price.price IS 'as delivered, in the unit beside it';
COMMENT ON COLUMN mart.fact_price.price_eur_mwh IS 'the price where the unit is a known spelling of EUR per MWh (the API said "No Unit" for a while), else NULL';
COMMENT ON COLUMN mart.fact_price.license IS 'license of the prices of this zone; read it before you publish them';

CREATE OR REPLACE VIEW mart.fact_installed_power AS
SELECT coalesce(c.country_key, -1) AS country_key,
	coalesce(t.production_type_key, -1) AS production_type_key,
	mart.date_key(i.period::timestamp) AS date_key,
	i.country,
	i.production_type,
	i.period,
	i.resolution,
	i.power_gw AS value,
	CASE WHEN t.installed_unit = 'GW' THEN i.power_gw END AS power_gw,
	CASE WHEN t.installed_unit = 'GWh' THEN i.power_gw END AS capacity_gwh
FROM (
	SELECT country, production_type, period, power_gw, 'year' AS resolution
	FROM energy.installed_power_yearly
	UNION ALL
	SELECT country, production_type, period, power_gw, 'month'
	FROM energy.installed_power_monthly
) i
LEFT JOIN mart.dim_country c ON c.country = i.country
LEFT JOIN mart.dim_production_type t ON t.production_type = i.production_type;
COMMENT ON VIEW mart.fact_installed_power IS 'grain: one country, series, resolution (year or month) and first day of the period; pick one resolution, and never add up periods';
COMMENT ON COLUMN mart.fact_installed_power.value IS 'as delivered: GW, for battery capacity GWh';

-- Names in the data that the dimensions above do not list. It walks the indexes from name to
-- name instead of reading every row.
CREATE OR REPLACE VIEW mart.unlisted_names AS
WITH RECURSIVE series AS (
	(SELECT country, production_type FROM energy.public_power
		ORDER BY country, production_type LIMIT 1)
	UNION ALL
	SELECT n.country, n.production_type
	FROM series s
	CROSS JOIN LATERAL (SELECT p.country, p.production_type FROM energy.public_power p
		WHERE (p.country, p.production_type) > (s.country, s.production_type)
		ORDER BY p.country, p.production_type LIMIT 1) n
), zones AS (
	(SELECT bidding_zone FROM energy.price ORDER BY bidding_zone LIMIT 1)
	UNION ALL
	SELECT n.bidding_zone
	FROM zones z
	CROSS JOIN LATERAL (SELECT p.bidding_zone FROM energy.price p
		WHERE p.bidding_zone > z.bidding_zone ORDER BY p.bidding_zone LIMIT 1) n
), installed AS (
	SELECT DISTINCT country, production_type FROM mart.fact_installed_power
)
SELECT 'dim_country' AS dimension, country AS name
FROM (SELECT country FROM series UNION SELECT country FROM installed) n
WHERE NOT EXISTS (SELECT FROM mart.dim_country d WHERE d.country = n.country)
UNION ALL
SELECT 'dim_production_type', production_type
FROM (SELECT production_type FROM series UNION SELECT production_type FROM installed) n
WHERE NOT EXISTS (SELECT FROM mart.dim_production_type d WHERE d.production_type = n.production_type)
UNION ALL
SELECT 'dim_bidding_zone', bidding_zone
FROM zones n
WHERE NOT EXISTS (SELECT FROM mart.dim_bidding_zone d WHERE d.bidding_zone = n.bidding_zone);
COMMENT ON VIEW mart.unlisted_names IS 'grain: one name that occurs in the data and is in no dimension; its facts point to member -1';
