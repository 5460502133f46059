-- Meter files, step 4 of 4: files of other suppliers, each in a form of its own, with the columns of
-- standard.
--
-- Variables: suppliers, their folder below the root (default suppliers).

\set ON_ERROR_STOP on
\if :{?suppliers}
\else
	\set suppliers suppliers
\endif
\set esb :suppliers '/esb_*.csv'
\set london :suppliers '/london_lcl*.csv'
\set spain :suppliers '/spain_*_hourly*.csv'
\set green_button :suppliers '/green_button*.csv'

-- ESB Networks, Ireland: local times without offset, at the end of each half hour. In the night in which
-- clocks are set back an hour comes twice, which the order of the lines tells apart.
CREATE FOREIGN TABLE meter_files.esb (
	customer_id text OPTIONS (path 'MPRN'),
	kind        text OPTIONS (path 'Read Type'),
	end_time    timestamptz OPTIONS (path 'Read Date and End Time', format 'DD-MM-YYYY HH24:MI',
		time_zone 'Europe/Dublin', ambiguous 'order'),
	start_time  timestamptz OPTIONS (expression 'end_time - interval ''30 minutes'''),
	usage_kwh   numeric OPTIONS (path 'Read Value')
) SERVER meter_files OPTIONS (glob :'esb', on_change 'merge');

-- Low Carbon London: times of UTC, padded values, and Null for none.
CREATE FOREIGN TABLE meter_files.london (
	customer_id text OPTIONS (path 'LCLid'),
	start_time  timestamptz OPTIONS (path 'DateTime'),
	usage_kwh   numeric OPTIONS (path 'KWH/hh (per half hour) ', null 'Null', trim 'true')
) SERVER meter_files OPTIONS (glob :'london', on_change 'merge');

-- Spain: a file for each supply point, with registers of Wh.
CREATE FOREIGN TABLE meter_files.spain (
	file        text OPTIONS (lineage 'file'),
	customer_id text OPTIONS (expression 'substring(file FROM ''spain_([^_/]*)_'')'),
	start_time  timestamptz OPTIONS (path 'timestamp'),
	r1          int OPTIONS (path 'R1'),
	r2          int OPTIONS (path 'R2'),
	r3          int OPTIONS (path 'R3'),
	r4          int OPTIONS (path 'R4'),
	usage_kwh   numeric OPTIONS (expression '(r1 + r2 + r3 + r4) / 1000.0')
) SERVER meter_files OPTIONS (glob :'spain', on_change 'merge');

-- Green Button of PG&E, California: lines about the customer above the header, which has two forms.
CREATE FOREIGN TABLE meter_files.green_button (
	file        text OPTIONS (lineage 'file'),
	customer_id text OPTIONS (expression 'substring(file FROM ''green_button_([^_/.]*)'')'),
	day         date OPTIONS (path 'DATE', format 'MM/DD/YYYY'),
	start       time OPTIONS (path 'START TIME'),
	start_time  timestamptz OPTIONS (expression '(day + start) AT TIME ZONE ''America/Los_Angeles'''),
	usage       numeric OPTIONS (path 'USAGE', optional 'true'),
	usage_kwh_  numeric OPTIONS (path 'USAGE (kWh)', optional 'true'),
	usage_kwh   numeric OPTIONS (expression 'coalesce(usage, usage_kwh_)')
) SERVER meter_files OPTIONS (glob :'green_button', on_change 'merge', header_row 'find');

SELECT elt.create_pipeline(name, source => format('meter_files.%I', name)::regclass, target => 'meter.' || name,
	key => CASE name WHEN 'esb' THEN '{customer_id,kind,start_time}' ELSE '{customer_id,start_time}' END::text[])
FROM unnest('{esb,london,spain,green_button}'::text[]) AS name;

-- Without a value there was no measurement.
SELECT elt.add_check('london', 'has_value', 'usage_kwh IS NOT NULL', action => 'drop');

CREATE VIEW meter.all_intervals AS
SELECT 'meter' AS supplier, customer_id, start_time, usage_kwh FROM meter.standard
UNION ALL SELECT 'esb', customer_id, start_time, usage_kwh FROM meter.esb WHERE kind ~ 'Import'
UNION ALL SELECT 'london', customer_id, start_time, usage_kwh FROM meter.london
UNION ALL SELECT 'spain', customer_id, start_time, usage_kwh FROM meter.spain
UNION ALL SELECT 'green_button', customer_id, start_time, usage_kwh FROM meter.green_button;
