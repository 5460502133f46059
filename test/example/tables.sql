-- Tables that the answers are copied into as text, and pipelines that land them where those of the example do.

CREATE SCHEMA energy;

CREATE TABLE energy.public_power_text (country text, production_type text, unix float8, power_mw float8);
CREATE TABLE energy.price_text (bidding_zone text, unix float8, price numeric, unit text, license text);
CREATE TABLE energy.installed_power_yearly (
	country text, production_type text, period date, power_gw numeric,
	_run_id bigint, _loaded_at timestamptz,
	PRIMARY KEY (country, production_type, period)
);
CREATE TABLE energy.installed_power_monthly (LIKE energy.installed_power_yearly INCLUDING ALL);

CREATE VIEW energy.public_power_values AS
SELECT country, production_type, to_timestamp(unix) AS ts, power_mw FROM energy.public_power_text;
CREATE VIEW energy.price_values AS
SELECT bidding_zone, to_timestamp(unix) AS ts, price, unit, license FROM energy.price_text;

SELECT elt.create_pipeline('public_power', 'energy.public_power_values', 'energy.public_power', '{country,production_type,ts}',
	partition_by => 'ts', partition_interval => '1 month');
SELECT elt.create_pipeline('price', 'energy.price_values', 'energy.price', '{bidding_zone,ts}',
	partition_by => 'ts', partition_interval => '1 month');
