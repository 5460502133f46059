-- The tables that the pipelines of the example would make, and text tables to fill them from.

CREATE SCHEMA energy;

CREATE TABLE energy.public_power (
	country text, production_type text, ts timestamptz, power_mw float8,
	_run_id bigint, _loaded_at timestamptz,
	PRIMARY KEY (country, production_type, ts)
) PARTITION BY RANGE (ts);

CREATE TABLE energy.price (
	bidding_zone text, ts timestamptz, price numeric, unit text, license text,
	_run_id bigint, _loaded_at timestamptz,
	PRIMARY KEY (bidding_zone, ts)
) PARTITION BY RANGE (ts);

CREATE TABLE energy.installed_power_yearly (
	country text, production_type text, period date, power_gw numeric,
	_run_id bigint, _loaded_at timestamptz,
	PRIMARY KEY (country, production_type, period)
);
CREATE TABLE energy.installed_power_monthly (LIKE energy.installed_power_yearly INCLUDING ALL);

CREATE TABLE energy.public_power_text (country text, production_type text, unix float8, power_mw float8);
CREATE TABLE energy.price_text (bidding_zone text, unix float8, price numeric, unit text, license text);

CREATE PROCEDURE energy.take_text() LANGUAGE plpgsql AS $$
DECLARE
	month timestamptz;
	t text;
BEGIN
	FOR t, month IN
		SELECT DISTINCT 'public_power', date_trunc('month', to_timestamp(unix), 'UTC') FROM energy.public_power_text
		UNION ALL
		SELECT DISTINCT 'price', date_trunc('month', to_timestamp(unix), 'UTC') FROM energy.price_text
	LOOP
		EXECUTE format('CREATE TABLE energy.%I PARTITION OF energy.%I FOR VALUES FROM (%L) TO (%L)',
			t || to_char(month AT TIME ZONE 'UTC', '_YYYYMM'), t, month,
			(month AT TIME ZONE 'UTC' + interval '1 month') AT TIME ZONE 'UTC');
	END LOOP;
	INSERT INTO energy.public_power
		SELECT country, production_type, to_timestamp(unix), power_mw FROM energy.public_power_text;
	INSERT INTO energy.price
		SELECT bidding_zone, to_timestamp(unix), price, unit, license FROM energy.price_text;
	DROP TABLE energy.public_power_text, energy.price_text;
	ANALYZE energy.public_power, energy.price;
END
$$;
