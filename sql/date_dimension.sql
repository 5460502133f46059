-- Dimensions of dates and times: their members, holidays, extension, and who may change them.
\set ON_ERROR_STOP off
SET client_min_messages = warning;
CREATE SCHEMA mart;
SELECT elt.create_date_dimension('mart.dim_date', '2023-12-31', '2026-01-02', fiscal_start_month => 4, calendar => 'DE-BY');

-- Fixed members have names where a report shows them, and no values.
SELECT date_key, date, label, month_name, iso_week_label, is_holiday FROM mart.dim_date WHERE date_key < 0 ORDER BY 1;
SELECT count(*), min(date), max(date), count(*) = count(DISTINCT date_key) AS unique FROM mart.dim_date;

-- The turn of a year: ISO weeks, quarters, fiscal years that begin in April.
\x on
SELECT * FROM mart.dim_date_days WHERE date = '2024-12-30';
\x off
SELECT date, iso_year, iso_week, day_of_year, fiscal_year, fiscal_quarter, fiscal_month, fiscal_year_start, fiscal_year_end, month_end
FROM mart.dim_date WHERE date IN ('2024-01-01', '2024-02-29', '2024-03-31', '2024-04-01', '2025-12-29', '2025-12-31');
SELECT date, holiday_name, is_weekend, is_working_day FROM mart.dim_date
WHERE is_holiday AND year = 2024 ORDER BY 1;
-- Every stored column against its definition by other means.
SELECT count(*) FILTER (WHERE date_key <> year * 10000 + month * 100 + day_of_month) AS key,
	count(*) FILTER (WHERE week_end - week_start <> 6 OR date NOT BETWEEN week_start AND week_end) AS week,
	count(*) FILTER (WHERE date NOT BETWEEN month_start AND month_end OR month_start <> make_date(year, month, 1)) AS month,
	count(*) FILTER (WHERE date NOT BETWEEN quarter_start AND quarter_end) AS quarter,
	count(*) FILTER (WHERE date NOT BETWEEN fiscal_year_start AND fiscal_year_end) AS fiscal,
	count(*) FILTER (WHERE is_working_day <> NOT (is_weekend OR is_holiday)) AS working
FROM mart.dim_date WHERE date IS NOT NULL;
SELECT bool_and(days_ago = current_date - date) AS days, bool_and((months_ago = 0) = (month_label = to_char(current_date, 'YYYY-MM'))) AS months,
	bool_and((weeks_ago = 0) = (current_date BETWEEN week_start AND week_end)) AS weeks,
	bool_and((quarters_ago = 0) = (current_date BETWEEN quarter_start AND quarter_end)) AS quarters,
	bool_and((years_ago = 0) = (year = date_part('year', current_date))) AS years
FROM mart.dim_date WHERE date IS NOT NULL;
-- Every column of the view has a comment.
SELECT count(*) FILTER (WHERE col_description(attrelid, attnum) IS NULL) AS without_comment, count(*) > 35 AS columns
FROM pg_attribute WHERE attrelid = 'mart.dim_date'::regclass AND attnum > 0;

-- Holidays: substitute days, those that move, a calendar of a company with the holidays of its state.
SELECT * FROM elt.holidays('UK-ENG', '2021-12-20', '2023-01-03');
SELECT * FROM elt.holidays('UK-SCT', '2022-12-31', '2023-01-05');
SELECT * FROM elt.holidays('US', '2021-12-24', '2022-01-01');
SELECT * FROM elt.holidays('NL', '2025-04-20', '2025-05-06');
SELECT elt.add_holiday('DE-BY-acme', 'Company Day', month => 9, day => 1, weekday => 5, nth => 2);
SELECT * FROM elt.holidays('DE-BY-acme', '2025-08-15', '2025-10-03');
SELECT elt.add_holiday('DE-BY', 'Augsburg Peace Festival', month => 8, day => 8, first_year => 2025);
SELECT elt.refresh_date_dimension('mart.dim_date') > 0 AS extended;
SELECT date, holiday_name FROM mart.dim_date WHERE month = 8 AND day_of_month = 8 AND year < 2027;
SELECT elt.refresh_date_dimension('mart.dim_date') AS nothing_to_do;
SELECT elt.drop_holiday('DE-BY', 'Augsburg Peace Festival'), elt.drop_holiday('DE-BY-acme', 'Company Day');
-- The days of 8 August lose it, also behind the date to extend to; then 10 days are added.
SELECT elt.refresh_date_dimension('mart.dim_date', '2024-01-01') = date_part('year', max(date))::int - 2024 AS all_of_them FROM mart.dim_date;
SELECT elt.refresh_date_dimension('mart.dim_date', max(date) + 10) AS added FROM mart.dim_date;
SELECT string_agg(date::text, ' ' ORDER BY date) AS easter
FROM (SELECT elt.easter(y) FROM generate_series(2019, 2031, 4) y) e(date);

-- Maintenance keeps two years ahead.
SELECT elt.create_date_dimension('mart.dim_day', '2024-12-30', '2025-01-02');
CALL elt_catalog.maintain();
SELECT max(date) = make_date(date_part('year', current_date)::int + 2, 12, 31) AS extended,
	count(*) = max(date) - min(date) + 1 AS without_gaps FROM mart.dim_day WHERE date IS NOT NULL;

-- Times of the day.
SELECT elt.create_time_dimension('mart.dim_time', '15 minutes');
SELECT * FROM mart.dim_time WHERE time_key < 0 OR time BETWEEN '09:45' AND '10:15' ORDER BY 1;
SELECT count(*) FROM mart.dim_time;
SELECT relation, kind, stored, fiscal_start_month, calendar, locale, step FROM elt.dimensions ORDER BY 1;

-- What is refused.
SELECT elt.create_date_dimension('mart.dim_date');
CREATE TABLE mart.left_days ();
SELECT elt.create_date_dimension('mart.left');
DROP TABLE mart.left_days;
SELECT elt.create_date_dimension('mart.other', '2024-01-02', '2024-01-01');
SELECT elt.create_date_dimension('mart.other', '-infinity');
SELECT elt.create_date_dimension('mart.other', fiscal_start_month => 13);
SELECT elt.create_date_dimension('mart.other', calendar => 'XX');
SELECT elt.create_date_dimension('mart.other', locale => 'no_such_locale');
SELECT elt.create_date_dimension('nowhere.other');
SELECT elt.create_date_dimension('mart.' || repeat('x', 60));
SELECT elt.create_time_dimension('mart.other', '7 seconds');
SELECT elt.create_time_dimension('mart.other', '0');
SELECT elt.create_time_dimension('mart.other', '1 day 1 hour');
SELECT elt.add_holiday('XX', 'No day');
SELECT elt.add_holiday('XX', 'Two days', 1, 1, easter_offset => 1);
SELECT elt.add_holiday('XX', 'Leap day', 2, 29);
SELECT elt.add_holiday('XX', 'Weekday', 1, 1, weekday => 1);
SELECT elt.drop_holiday('DE', 'Good Friday');
SELECT elt.refresh_date_dimension('mart.dim_time');
SELECT elt.drop_dimension('mart.dim_date_days');
SELECT elt.drop_dimension('mart.dim_date_days', if_exists => true);

-- Another role neither changes nor drops it; an object that needs it keeps it.
CREATE ROLE elt_star_other;
GRANT elt_admin TO elt_star_other;
CREATE ROLE elt_star_owner;
GRANT CREATE, USAGE ON SCHEMA mart TO elt_star_owner;
GRANT EXECUTE ON FUNCTION elt.create_date_dimension TO elt_star_owner;
GRANT EXECUTE ON FUNCTION elt.drop_dimension TO elt_star_owner;
GRANT USAGE ON SCHEMA elt TO elt_star_owner;
SET ROLE elt_star_owner;
SELECT elt.create_date_dimension('mart.own', '2024-01-01', '2024-01-31', calendar => 'FR');
SELECT elt.drop_dimension('mart.dim_date');
RESET ROLE;
SELECT viewowner FROM pg_views WHERE schemaname = 'mart' AND viewname = 'own';
CREATE VIEW mart.needs_it AS SELECT * FROM mart.own;
SELECT elt.drop_dimension('mart.own');
DROP VIEW mart.needs_it;
SET ROLE elt_star_owner;
SELECT elt.drop_dimension('mart.own');
RESET ROLE;
SELECT elt.drop_dimension(relation) FROM elt.dimensions;
SELECT count(*) FROM pg_class WHERE relnamespace = 'mart'::regnamespace AND relkind IN ('r', 'v');
DROP OWNED BY elt_star_owner, elt_star_other;
DROP ROLE elt_star_owner, elt_star_other;
DROP SCHEMA mart;
