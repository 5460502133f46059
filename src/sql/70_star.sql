-- Star schema: dimensions of dates and times.

CREATE VIEW elt.holiday_rules AS
SELECT h.calendar, h.name, h.month, h.day, h.weekday, h.nth, h.easter_offset, h.first_year, h.last_year,
	h.every_years, h.monday_offset, h.saturday_offset, h.sunday_offset, h.moves, h.is_builtin
FROM elt_catalog.holiday h
ORDER BY h.calendar, h.month, h.day, h.easter_offset, h.name, h.first_year;
COMMENT ON VIEW elt.holiday_rules IS 'rules by which the holidays of each calendar are computed';
COMMENT ON COLUMN elt.holiday_rules.calendar IS 'code of a country, and behind a hyphen of a part of it, which has the holidays of the country, too';
COMMENT ON COLUMN elt.holiday_rules.name IS 'name of the holiday';
COMMENT ON COLUMN elt.holiday_rules.month IS 'month of the day, or of the day from which weekdays are counted';
COMMENT ON COLUMN elt.holiday_rules.day IS 'day of the month';
COMMENT ON COLUMN elt.holiday_rules.weekday IS 'weekday, 1 is Monday; null: the day itself';
COMMENT ON COLUMN elt.holiday_rules.nth IS 'the nth such weekday from that day on; negative: the nth on or before it';
COMMENT ON COLUMN elt.holiday_rules.easter_offset IS 'days after Easter Sunday; negative: before';
COMMENT ON COLUMN elt.holiday_rules.first_year IS 'first year of the rule';
COMMENT ON COLUMN elt.holiday_rules.last_year IS 'last year of the rule';
COMMENT ON COLUMN elt.holiday_rules.every_years IS 'only in years divisible by this number';
COMMENT ON COLUMN elt.holiday_rules.monday_offset IS 'days from a holiday on a Monday to its substitute day; null: there is none';
COMMENT ON COLUMN elt.holiday_rules.saturday_offset IS 'days from a holiday on a Saturday to its substitute day';
COMMENT ON COLUMN elt.holiday_rules.sunday_offset IS 'days from a holiday on a Sunday to its substitute day';
COMMENT ON COLUMN elt.holiday_rules.moves IS 'the holiday is on its substitute day only';
COMMENT ON COLUMN elt.holiday_rules.is_builtin IS 'the rule is part of the extension';

CREATE FUNCTION elt.add_holiday(
	calendar text,
	name text,
	month int DEFAULT NULL,
	day int DEFAULT NULL,
	weekday int DEFAULT NULL,
	nth int DEFAULT NULL,
	easter_offset int DEFAULT NULL,
	first_year int DEFAULT 1,
	last_year int DEFAULT 9999,
	every_years int DEFAULT 1,
	monday_offset int DEFAULT NULL,
	saturday_offset int DEFAULT NULL,
	sunday_offset int DEFAULT NULL,
	moves boolean DEFAULT false)
RETURNS text
LANGUAGE C VOLATILE
AS 'MODULE_PATHNAME', 'elt_add_holiday';
COMMENT ON FUNCTION elt.add_holiday IS 'add a holiday to a calendar: a month and day, the nth weekday from (negative: on or before) that day, or a number of days after Easter Sunday; offsets lead to the substitute day of a holiday on that weekday; returns the name';

CREATE FUNCTION elt.drop_holiday(calendar text, name text, if_exists boolean DEFAULT false)
RETURNS text
LANGUAGE C VOLATILE
AS 'MODULE_PATHNAME', 'elt_drop_holiday';
COMMENT ON FUNCTION elt.drop_holiday IS 'remove the rules of a holiday that elt.add_holiday added; returns the name';

CREATE FUNCTION elt.easter(year int) RETURNS date
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
	SELECT make_date(year, (v.h + v.l - 7 * v.m + 114) / 31, (v.h + v.l - 7 * v.m + 114) % 31 + 1)
	FROM (SELECT u.h, u.l, (u.a + 11 * u.h + 22 * u.l) / 451 AS m
		FROM (SELECT t.a, t.h, (32 + 2 * (t.b % 4) + 2 * (t.c / 4) - t.h - t.c % 4) % 7 AS l
			FROM (SELECT s.a, s.b, s.c,
					(19 * s.a + s.b - s.b / 4 - (s.b - (s.b + 8) / 25 + 1) / 3 + 15) % 30 AS h
				FROM (SELECT year % 19 AS a, year / 100 AS b, year % 100 AS c) s) t) u) v;
END;

COMMENT ON FUNCTION elt.easter IS 'Easter Sunday of a year of the Gregorian calendar';

CREATE FUNCTION elt.holidays(
	calendar text,
	from_date date,
	to_date date,
	OUT date date,
	OUT name text,
	OUT is_substitute boolean)
RETURNS SETOF record
LANGUAGE sql STABLE
BEGIN ATOMIC
	WITH years AS MATERIALIZED (
		SELECT y.year, elt.easter(y.year) AS easter
		FROM generate_series(greatest(date_part('year', from_date)::int - 1, 1),
			least(date_part('year', to_date)::int + 1, 9999)) AS y(year)
	), anchored AS (
		SELECT r.*, coalesce(y.easter + r.easter_offset, make_date(y.year, r.month, r.day)) AS anchor
		FROM elt.holiday_rules r, years y
		WHERE (holidays.calendar = r.calendar OR starts_with(holidays.calendar, r.calendar || '-'))
			AND y.year BETWEEN r.first_year AND r.last_year AND y.year % r.every_years = 0
	), dated AS (
		SELECT a.name, a.moves, a.monday_offset, a.saturday_offset, a.sunday_offset,
			CASE WHEN a.weekday IS NULL THEN a.anchor
				WHEN a.nth > 0 THEN a.anchor + (a.weekday - date_part('isodow', a.anchor)::int + 7) % 7 + 7 * (a.nth - 1)
				ELSE a.anchor - (date_part('isodow', a.anchor)::int - a.weekday + 7) % 7 + 7 * (a.nth + 1) END AS date
		FROM anchored a
	), substituted AS (
		SELECT d.*, d.date + CASE date_part('isodow', d.date)::int WHEN 1 THEN d.monday_offset
			WHEN 6 THEN d.saturday_offset WHEN 7 THEN d.sunday_offset END AS substitute
		FROM dated d
	)
	SELECT h.date, h.name, h.is_substitute
	FROM (
		SELECT s.date, s.name, false AS is_substitute FROM substituted s WHERE s.substitute IS NULL OR NOT s.moves
		UNION
		SELECT s.substitute, s.name, NOT s.moves FROM substituted s WHERE s.substitute IS NOT NULL
	) h
	WHERE h.date BETWEEN from_date AND to_date
	ORDER BY h.date, h.name;
END;
COMMENT ON FUNCTION elt.holidays IS 'holidays of a calendar from one date to another; is_substitute: the day off in place of a holiday on a weekend';

CREATE FUNCTION elt.create_date_dimension(
	name text,
	from_date date DEFAULT '2000-01-01',
	to_date date DEFAULT NULL,
	fiscal_start_month int DEFAULT 1,
	calendar text DEFAULT NULL,
	locale text DEFAULT 'C')
RETURNS regclass
LANGUAGE C VOLATILE
AS 'MODULE_PATHNAME', 'elt_create_date_dimension';
COMMENT ON FUNCTION elt.create_date_dimension IS 'create a view of days over a table <name>_days, with members -1 unknown, -2 missing and -3 invalid; to_date: null is the end of the next year but one, which maintenance moves on; calendar: holidays; locale: language of names, as lc_time has it; returns the view';

CREATE FUNCTION elt.create_time_dimension(name text, step interval DEFAULT '1 minute')
RETURNS regclass
LANGUAGE C VOLATILE
AS 'MODULE_PATHNAME', 'elt_create_time_dimension';
COMMENT ON FUNCTION elt.create_time_dimension IS 'create a view of the times of a day in steps over a table <name>_times, with members -1 unknown, -2 missing and -3 invalid; returns the view';

CREATE FUNCTION elt.refresh_date_dimension(relation regclass, to_date date DEFAULT NULL)
RETURNS bigint
LANGUAGE C VOLATILE
AS 'MODULE_PATHNAME', 'elt_refresh_date_dimension';
COMMENT ON FUNCTION elt.refresh_date_dimension IS 'extend a date dimension to a date and apply changed holidays; returns the number of days written';

CREATE FUNCTION elt.drop_dimension(relation regclass, if_exists boolean DEFAULT false)
RETURNS text
LANGUAGE C VOLATILE
AS 'MODULE_PATHNAME', 'elt_drop_dimension';
COMMENT ON FUNCTION elt.drop_dimension IS 'drop a dimension with its views and its table; returns its name';
