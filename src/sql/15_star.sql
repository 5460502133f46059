-- Star schema: dimensions, and the rules of holidays.

CREATE TABLE elt_catalog.dimension (
	relation regclass PRIMARY KEY,
	kind text NOT NULL CHECK (kind IN ('date', 'time', 'source', 'role')),
	stored regclass NOT NULL,
	fiscal_start_month int CHECK (fiscal_start_month BETWEEN 1 AND 12),
	calendar text,
	locale text,
	step interval,
	base regclass,
	newest regclass,
	source regclass,
	derived_from regclass,
	type int CHECK (type IN (1, 2, 6)),
	natural_key text[] NOT NULL DEFAULT '{}',
	attributes text[] NOT NULL DEFAULT '{}',
	valid_from text,
	valid_to text,
	valid_when text,
	hierarchies jsonb,
	created_by regrole NOT NULL,
	created_at timestamptz NOT NULL DEFAULT now(),
	CHECK ((kind = 'role') = (base IS NOT NULL)),
	CHECK (kind <> 'source' OR type IS NOT NULL AND newest IS NOT NULL
		AND coalesce(source, derived_from) IS NOT NULL AND natural_key <> '{}')
);
COMMENT ON TABLE elt_catalog.dimension IS 'dimensions that pg_elt created and maintains';
COMMENT ON COLUMN elt_catalog.dimension.relation IS 'what is queried';
COMMENT ON COLUMN elt_catalog.dimension.stored IS 'table with the members';
COMMENT ON COLUMN elt_catalog.dimension.base IS 'of a role: the dimension whose members it has';
COMMENT ON COLUMN elt_catalog.dimension.newest IS 'view with the newest version of each member';
COMMENT ON COLUMN elt_catalog.dimension.source IS 'table or view with the attributes';
COMMENT ON COLUMN elt_catalog.dimension.derived_from IS 'relation whose distinct values are members';
COMMENT ON COLUMN elt_catalog.dimension.type IS '1: the newest values; 2: all versions; 6: both beside each other';
COMMENT ON COLUMN elt_catalog.dimension.created_by IS 'maintenance changes the dimension with the privileges of this role';

CREATE TABLE elt_catalog.fact (
	relation regclass PRIMARY KEY,
	kind text NOT NULL
		CHECK (kind IN ('transaction', 'periodic_snapshot', 'accumulating_snapshot', 'factless')),
	source regclass NOT NULL,
	stored regclass,
	as_of regclass NOT NULL,
	grain text[] NOT NULL CHECK (grain <> '{}'),
	degenerate text[] NOT NULL,
	event_time text,
	day_zone text NOT NULL,
	infers boolean NOT NULL,
	created_by regrole NOT NULL,
	created_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE elt_catalog.fact IS 'facts that pg_elt created and maintains';
COMMENT ON COLUMN elt_catalog.fact.relation IS 'what is queried';
COMMENT ON COLUMN elt_catalog.fact.stored IS 'table with the rows and their keys; null: they are resolved by the view';
COMMENT ON COLUMN elt_catalog.fact.as_of IS 'view with the attributes of the dimensions as of the event';
COMMENT ON COLUMN elt_catalog.fact.event_time IS 'column with the time as of which histories are read';
COMMENT ON COLUMN elt_catalog.fact.day_zone IS 'time zone whose days the dates are';
COMMENT ON COLUMN elt_catalog.fact.infers IS 'members that facts name and dimensions lack are added';

CREATE TABLE elt_catalog.fact_dimension (
	fact regclass NOT NULL REFERENCES elt_catalog.fact ON DELETE CASCADE ON UPDATE CASCADE,
	position int NOT NULL,
	dimension regclass NOT NULL,
	columns text[] NOT NULL,
	PRIMARY KEY (fact, position)
);
COMMENT ON TABLE elt_catalog.fact_dimension IS 'dimensions that a fact refers to, and the columns of its source with the natural key or the time';

CREATE TABLE elt_catalog.fact_measure (
	fact regclass NOT NULL REFERENCES elt_catalog.fact ON DELETE CASCADE ON UPDATE CASCADE,
	position int NOT NULL,
	name text NOT NULL,
	additivity text NOT NULL CHECK (additivity IN ('additive', 'semi-additive', 'non-additive')),
	unit text,
	PRIMARY KEY (fact, position)
);
COMMENT ON TABLE elt_catalog.fact_measure IS 'measures of a fact, and over which dimensions they may be summed';
COMMENT ON COLUMN elt_catalog.fact_measure.additivity IS 'additive: over all dimensions; semi-additive: over all but time; non-additive: over none';

CREATE TABLE elt_catalog.aggregate (
	relation regclass PRIMARY KEY,
	fact regclass NOT NULL,
	stored regclass NOT NULL,
	details regclass[] NOT NULL DEFAULT '{}',
	by_columns text[] NOT NULL CHECK (by_columns <> '{}'),
	created_by regrole NOT NULL,
	created_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE elt_catalog.aggregate IS 'aggregates of facts that pg_elt created and keeps';
COMMENT ON COLUMN elt_catalog.aggregate.relation IS 'what is queried';
COMMENT ON COLUMN elt_catalog.aggregate.stored IS 'table with a row for each group';
COMMENT ON COLUMN elt_catalog.aggregate.details IS 'tables with what is kept of a group by day, and of its values';
COMMENT ON COLUMN elt_catalog.aggregate.by_columns IS 'columns of the fact, and attributes of its dimensions, whose values are a group';

CREATE TABLE elt_catalog.aggregate_measure (
	aggregate regclass NOT NULL REFERENCES elt_catalog.aggregate ON DELETE CASCADE,
	position int NOT NULL,
	name text NOT NULL,
	expression text NOT NULL,
	PRIMARY KEY (aggregate, position)
);
COMMENT ON TABLE elt_catalog.aggregate_measure IS 'what an aggregate has of each group';

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
