-- Energy-Charts, step 1 of 5: define the API and its responses.
--
-- https://api.energy-charts.info (Fraunhofer ISE) publishes the electricity production of Europe
-- and its day-ahead prices, without an API key. This script creates the server and foreign tables
-- for four kinds of responses; no data is requested yet.
--
--   psql -f 01_source.sql                                    the public API
--   psql -v url=http://127.0.0.1:8080 -v allow_private=true -f 01_source.sql    a server of your own
--
-- Variables: url, rate_limit (requests per time), allow_private ('true' permits loopback and
-- private addresses; only a superuser or a member of elt_admin may set it).

\set ON_ERROR_STOP on
\if :{?url}
\else
	\set url 'https://api.energy-charts.info'
\endif
\if :{?rate_limit}
\else
	\set rate_limit '2/s'
\endif
\set private_option ''
\if :{?allow_private}
	\set private_option ', allow_private ' :'allow_private'
\endif

CREATE EXTENSION IF NOT EXISTS pg_elt;

CREATE SERVER IF NOT EXISTS energy_charts FOREIGN DATA WRAPPER elt_http
	OPTIONS (url :'url', rate_limit :'rate_limit' :private_option);

CREATE SCHEMA IF NOT EXISTS energy_api;
COMMENT ON SCHEMA energy_api IS 'Energy-Charts API: one foreign table per kind of response';

-- Power by production type. A response covers one day of one country:
--
--   {"unix_seconds": [1704063600, 1704064500, ...],
--    "production_types": [{"name": "Solar", "data": [0.0, 12.5, ...]}, ...]}
--
-- Each element of production_types is a record. Paths that end in [*] are paired by position: the
-- n-th value belongs to the n-th timestamp, and a record whose arrays differ in length is rejected.
-- T timestamps and P series give T x P rows.
--
-- The API takes local dates with an inclusive end, hence {window_last}. For a day that is not
-- published yet it returns 404 and plain text; for a wrong path 404 and JSON, which is an error.
CREATE FOREIGN TABLE IF NOT EXISTS energy_api.public_power (
	country          text        OPTIONS (param 'country'),
	production_type  text        OPTIONS (path 'name'),
	ts               timestamptz OPTIONS (path '$.unix_seconds[*]', format 'unix'),
	power_mw         float8      OPTIONS (path 'data[*]')
) SERVER energy_charts OPTIONS (
	path '/public_power',
	query 'country={country}&start={window_start}&end={window_last}',
	records '$.production_types[*]',
	window '1 day',
	window_column 'ts',
	window_format 'YYYY-MM-DD',
	window_time_zone 'Europe/Berlin',
	not_yet_on '404 text/plain'
);
COMMENT ON FOREIGN TABLE energy_api.public_power IS 'net public power: one row per country, series and timestamp; series are in MW or, for shares, in %';

-- Day-ahead prices. The response is one record with parallel arrays; its scalars are repeated in
-- every row. The spelling of the unit has changed over the years, so it must not be part of a key.
CREATE FOREIGN TABLE IF NOT EXISTS energy_api.price (
	bidding_zone     text        OPTIONS (param 'bzn'),
	ts               timestamptz OPTIONS (path '$.unix_seconds[*]', format 'unix'),
	price            numeric     OPTIONS (path '$.price[*]'),
	unit             text        OPTIONS (path '$.unit'),
	license          text        OPTIONS (path '$.license_info')
) SERVER energy_charts OPTIONS (
	path '/price',
	query 'bzn={bzn}&start={window_start}&end={window_last}',
	window '1 day',
	window_column 'ts',
	window_format 'YYYY-MM-DD',
	window_time_zone 'Europe/Berlin',
	not_yet_on '404 text/plain'
);
COMMENT ON FOREIGN TABLE energy_api.price IS 'day-ahead price: one row per bidding zone and timestamp, hourly, in quarter hours from 2025-10-01';

-- Installed power. A response contains the whole history, so there is no window. last_update is
-- omitted, because it changes even if nothing else does, and would make every row a changed row.
CREATE FOREIGN TABLE IF NOT EXISTS energy_api.installed_power_yearly (
	country          text        OPTIONS (param 'country'),
	production_type  text        OPTIONS (path 'name'),
	period           date        OPTIONS (path '$.time[*]', format 'YYYY'),
	power_gw         numeric     OPTIONS (path 'data[*]')
) SERVER energy_charts OPTIONS (
	path '/installed_power',
	query 'country={country}&time_step=yearly',
	records '$.production_types[*]'
);
COMMENT ON FOREIGN TABLE energy_api.installed_power_yearly IS 'installed power: one row per country, series and year, in GW; battery capacity in GWh';

-- The same by month, for Germany only. Months are 'MM.YYYY', which does not sort as text, so they
-- are converted to dates.
CREATE FOREIGN TABLE IF NOT EXISTS energy_api.installed_power_monthly (
	country          text        OPTIONS (param 'country'),
	production_type  text        OPTIONS (path 'name'),
	period           date        OPTIONS (path '$.time[*]', format 'MM.YYYY'),
	power_gw         numeric     OPTIONS (path 'data[*]')
) SERVER energy_charts OPTIONS (
	path '/installed_power',
	query 'country={country}&time_step=monthly',
	records '$.production_types[*]'
);
COMMENT ON FOREIGN TABLE energy_api.installed_power_monthly IS 'installed power: one row per country, series and month, in GW; battery capacity in GWh';

-- Query it without a pipeline; params and window are taken from WHERE:
--
--   SELECT * FROM energy_api.price
--   WHERE bidding_zone = 'DE-LU' AND ts >= '2024-01-01' AND ts < '2024-01-02';
