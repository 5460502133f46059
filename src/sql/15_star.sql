-- Star schema: dimensions, and the rules of holidays.

CREATE TABLE elt_catalog.dimension (
	relation regclass PRIMARY KEY,
	kind text NOT NULL CHECK (kind IN ('date', 'time')),
	stored regclass NOT NULL,
	fiscal_start_month int CHECK (fiscal_start_month BETWEEN 1 AND 12),
	calendar text,
	locale text,
	step interval,
	created_by regrole NOT NULL,
	created_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE elt_catalog.dimension IS 'dimensions that pg_elt created and maintains';
COMMENT ON COLUMN elt_catalog.dimension.relation IS 'what is queried';
COMMENT ON COLUMN elt_catalog.dimension.stored IS 'table with the members';
COMMENT ON COLUMN elt_catalog.dimension.created_by IS 'maintenance extends the dimension with the privileges of this role';

CREATE TABLE elt_catalog.holiday (
	calendar text NOT NULL CHECK (calendar <> ''),
	name text NOT NULL CHECK (name <> ''),
	month int,
	day int,
	weekday int CHECK (weekday BETWEEN 1 AND 7),
	nth int CHECK (nth BETWEEN -5 AND 5 AND nth <> 0),
	easter_offset int CHECK (easter_offset BETWEEN -100 AND 100),
	first_year int NOT NULL DEFAULT 1 CHECK (first_year BETWEEN 1 AND 9999),
	last_year int NOT NULL DEFAULT 9999 CHECK (last_year BETWEEN 1 AND 9999),
	every_years int NOT NULL DEFAULT 1 CHECK (every_years > 0),
	monday_offset int,
	saturday_offset int,
	sunday_offset int,
	moves boolean NOT NULL DEFAULT false,
	is_builtin boolean NOT NULL DEFAULT false,
	PRIMARY KEY (calendar, name, first_year),
	CHECK ((easter_offset IS NULL) = (month IS NOT NULL AND day IS NOT NULL)),
	CHECK ((weekday IS NULL) = (nth IS NULL)),
	CHECK (weekday IS NULL OR month IS NOT NULL),
	CHECK (last_year >= first_year),
	-- not 29 February, which most years do not have
	CHECK (month IS NULL OR make_date(2001, month, day) IS NOT NULL)
);
COMMENT ON TABLE elt_catalog.holiday IS 'rules by which the holidays of a calendar are computed';
COMMENT ON COLUMN elt_catalog.holiday.calendar IS 'code of a country, and of a part of it behind a hyphen, which has the holidays of the country, too';
COMMENT ON COLUMN elt_catalog.holiday.nth IS 'the nth such weekday from that day on; negative: the nth before or on it';
COMMENT ON COLUMN elt_catalog.holiday.saturday_offset IS 'days from a holiday on a Saturday to the day off in its place';
COMMENT ON COLUMN elt_catalog.holiday.moves IS 'the holiday itself is moved; otherwise the substitute day is another one';
