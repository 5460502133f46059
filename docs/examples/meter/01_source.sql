-- Meter files, step 1 of 4: define the files. They are not read yet.
--
-- Variables: root, the directory of the files (default /srv/meter).

\set ON_ERROR_STOP on
\if :{?root}
\else
	\set root '/srv/meter'
\endif

CREATE EXTENSION IF NOT EXISTS pg_elt;
CREATE SERVER meter_files FOREIGN DATA WRAPPER elt_file OPTIONS (root :'root');
CREATE SCHEMA meter_files;

-- The lines of the files as they are: a delimiter that no line has, and no quotes.
CREATE FOREIGN TABLE meter_files.lines (
	content text,
	file    text OPTIONS (lineage 'file'),
	line    int  OPTIONS (lineage 'line')
) SERVER meter_files OPTIONS (glob 'intervals/*.csv', on_change 'reload', header 'false',
	delimiter E'\x01', quote '');

-- The same files with types. received_at is when a file arrived.
CREATE FOREIGN TABLE meter_files.intervals (
	customer_id text,
	usage_kwh   numeric,
	start_time  timestamptz,
	has_offset  boolean OPTIONS (path 'start_time', expression $$value ~ '([+-]\d\d:\d\d|Z)$'$$),
	received_at timestamptz OPTIONS (lineage 'modified'),
	file        text OPTIONS (lineage 'file'),
	line        int OPTIONS (lineage 'line')
) SERVER meter_files OPTIONS (glob 'intervals/*.csv', on_change 'reload', header_match 'name');

CREATE FOREIGN TABLE meter_files.customers (customer_id text, time_zone text)
	SERVER meter_files OPTIONS (glob 'customers.csv', on_change 'merge');

CREATE FOREIGN TABLE meter_files.billed (customer_id text, day date, kwh numeric)
	SERVER meter_files OPTIONS (glob 'billed.csv', on_change 'merge');
