-- Meter files, step 2 of 4: raw, standard and rejection.

\set ON_ERROR_STOP on
CREATE SCHEMA meter;

-- raw: every line as it came. A corrected file replaces its lines.
SELECT elt.create_pipeline('raw', source => 'meter_files.lines', target => 'meter.raw',
	strategy => 'replace', options => '{"replace_by": ["file"]}');

CREATE VIEW meter.raw_files AS
SELECT name AS file, checksum, size, modified AS received_at, landed_at, rows AS lines
FROM elt.files WHERE pipeline = 'raw';

-- standard: typed and checked. A corrected file replaces its rows here too.
SELECT elt.create_pipeline('standard', source => 'meter_files.intervals', target => 'meter.standard',
	key => '{customer_id,start_time}', strategy => 'replace', options => '{"replace_by": ["file"]}');
SELECT elt.add_check('standard', 'has_offset', 'has_offset', action => 'quarantine');
SELECT elt.add_check('standard', 'usage_in_range', 'usage_kwh BETWEEN 0 AND 100', action => 'quarantine');

-- rejection: what standard refused, and why. What a corrected file has landed is left out.
CREATE VIEW meter.rejection AS
SELECT params ->> 'file' AS file, reason, message, raw, rejected_at
FROM elt.rejects
WHERE pipeline = 'standard' AND state = 'new';

SELECT elt.create_pipeline('customers', source => 'meter_files.customers', target => 'meter.customers',
	key => '{customer_id}');
SELECT elt.create_pipeline('billed', source => 'meter_files.billed', target => 'meter.billed',
	key => '{customer_id,day}');
