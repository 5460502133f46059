-- Checks, and what they found. A change here, except of a comment, also goes into upgrade/from_0.9.sql, for
-- the tables of an existing installation.

CREATE TABLE elt_catalog.check_rule (
	id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	pipeline_id int NOT NULL REFERENCES elt_catalog.pipeline ON DELETE CASCADE,
	name text NOT NULL,
	expression text NOT NULL,
	action text NOT NULL CHECK (action IN ('warn', 'quarantine', 'drop', 'fail')),
	native boolean NOT NULL DEFAULT false,
	created_at timestamptz NOT NULL DEFAULT now(),
	scope text NOT NULL DEFAULT 'row' CHECK (scope IN ('row', 'batch', 'run')),
	warn_if text,
	fail_if text,
	description text,
	enabled boolean NOT NULL DEFAULT true,
	UNIQUE (pipeline_id, name)
);
COMMENT ON TABLE elt_catalog.check_rule IS 'checks of pipelines and their actions';
COMMENT ON COLUMN elt_catalog.check_rule.expression IS 'condition on a row, or measure of a batch';
COMMENT ON COLUMN elt_catalog.check_rule.scope IS 'what is checked: row, batch, or run, which is then one batch';
COMMENT ON COLUMN elt_catalog.check_rule.warn_if IS 'condition on the value of the measure';
COMMENT ON COLUMN elt_catalog.check_rule.native IS 'whether it was last found to be evaluable while rows are loaded';

CREATE TABLE elt_catalog.check_result (
	run_id bigint NOT NULL REFERENCES elt_catalog.run ON DELETE CASCADE,
	batch int NOT NULL,
	check_name text NOT NULL,
	action text NOT NULL,
	rows_checked bigint NOT NULL,
	rows_failed bigint,
	verdict text NOT NULL CHECK (verdict IN ('passed', 'warned', 'failed', 'unknown')),
	pipeline_id int NOT NULL REFERENCES elt_catalog.pipeline ON DELETE CASCADE,
	checked_at timestamptz NOT NULL DEFAULT now(),
	value numeric,
	evidence jsonb,
	message text,
	sample_keys jsonb,
	dimension text NOT NULL DEFAULT 'validity'
		CHECK (dimension IN ('completeness', 'validity', 'uniqueness', 'timeliness')),
	PRIMARY KEY (run_id, batch, pipeline_id, check_name)
);
CREATE INDEX check_result_history ON elt_catalog.check_result (pipeline_id, check_name, run_id)
	WHERE evidence IS NOT NULL;
COMMENT ON TABLE elt_catalog.check_result IS 'result of each check for each batch';
COMMENT ON COLUMN elt_catalog.check_result.rows_failed IS 'rows that violate the check; null: it is not about single rows';
COMMENT ON COLUMN elt_catalog.check_result.value IS 'what a batch check has measured';
COMMENT ON COLUMN elt_catalog.check_result.sample_keys IS 'keys of some rows that violate the check';
COMMENT ON COLUMN elt_catalog.check_result.dimension IS 'side of quality that the check is about';
COMMENT ON COLUMN elt_catalog.check_result.evidence IS 'what later batches are compared with';
