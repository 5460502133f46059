\echo Use "ALTER EXTENSION pg_elt UPDATE" to load this file. \quit

-- Functions and views are made anew, tables that 0.9 does not have created, and comments written, by
-- what follows this file in the update script.
DO $drop$
DECLARE
	object record;
BEGIN
	FOR object IN
		SELECT CASE i.type WHEN 'view' THEN 'VIEW' ELSE 'ROUTINE' END AS kind, i.identity
		FROM pg_catalog.pg_depend d
		JOIN pg_catalog.pg_extension e ON e.oid = d.refobjid AND e.extname = 'pg_elt',
			pg_catalog.pg_identify_object(d.classid, d.objid, 0) i
		WHERE d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass AND d.deptype = 'e'
			AND i.type IN ('view', 'function', 'procedure')
			AND (i.schema = 'elt' OR i.identity ~ '^elt_catalog\.(progress|execute_run|maintain|wake)\(')
		ORDER BY kind DESC, i.identity
	LOOP
		EXECUTE pg_catalog.format('DROP %s %s', object.kind, object.identity);
	END LOOP;
END
$drop$;

-- What is staged was staged by the old version: the next pull stages it again.
TRUNCATE elt_catalog.staged_batch, elt_catalog.staged_slice, elt_catalog.staged_reject,
	elt_catalog.staged_check;

ALTER TABLE elt_catalog.home ADD database oid;
UPDATE elt_catalog.home
SET database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database());
ALTER TABLE elt_catalog.home ALTER database SET NOT NULL;

ALTER TABLE elt_catalog.pipeline
	DROP options,
	DROP CONSTRAINT pipeline_strategy_check,
	ADD CONSTRAINT pipeline_strategy_check
		CHECK (strategy IN ('append', 'upsert', 'scd2', 'replace', 'replace_window')),
	ADD replace_by text[] NOT NULL DEFAULT '{}',
	ADD window_interval interval,
	ADD window_column text,
	ADD source_time_zone text NOT NULL DEFAULT 'UTC',
	ADD key_ranges int CHECK (key_ranges BETWEEN 2 AND 1000),
	ADD changes_of text[] NOT NULL DEFAULT '{}',
	ADD key_map text,
	ADD full_every interval,
	ADD full_load_at timestamptz,
	ADD change_log interval,
	ADD history_by text NOT NULL DEFAULT 'event' CHECK (history_by IN ('event', 'load'));
ALTER TABLE elt_catalog.pipeline
	ADD parent_id int REFERENCES elt_catalog.pipeline,
	ADD root_id int REFERENCES elt_catalog.pipeline,
	ADD parent_key text[] NOT NULL DEFAULT '{}',
	ADD CONSTRAINT child_has_root CHECK ((parent_id IS NULL) = (root_id IS NULL));
CREATE INDEX pipeline_parent ON elt_catalog.pipeline (parent_id) WHERE parent_id IS NOT NULL;

CREATE TABLE elt_catalog.pool (
	name text PRIMARY KEY CHECK (name <> ''),
	max_runs int NOT NULL CHECK (max_runs > 0)
);
ALTER TABLE elt_catalog.home ADD paused_at timestamptz;
CREATE OR REPLACE FUNCTION elt_catalog.pause_restored()
RETURNS trigger
LANGUAGE plpgsql
AS $pause$
BEGIN
	NEW.home := elt_catalog.home();
	NEW.paused := true;
	UPDATE elt_catalog.home SET restored_at = pg_catalog.clock_timestamp() WHERE restored_at IS NULL;
	IF FOUND THEN
		RAISE WARNING 'pipelines that were dumped from another database are paused'
			USING HINT = 'Where they shall run, call elt.resume.';
	END IF;
	RETURN NEW;
END
$pause$;
ALTER TABLE elt_catalog.pipeline
	ADD schedule_time_zone text NOT NULL DEFAULT 'UTC',
	ADD catch_up text NOT NULL DEFAULT 'last' CHECK (catch_up IN ('none', 'last', 'all')),
	ADD max_delay interval NOT NULL DEFAULT '10 seconds',
	ADD priority int NOT NULL DEFAULT 0,
	ADD pool text REFERENCES elt_catalog.pool,
	ADD after text[] NOT NULL DEFAULT '{}',
	ADD after_rule text NOT NULL DEFAULT 'all' CHECK (after_rule IN ('all', 'any', 'always')),
	ADD run_when text,
	ADD before_landing text,
	ADD on_landed text,
	ADD tags text[] NOT NULL DEFAULT '{}',
	ADD retry_period interval NOT NULL DEFAULT '30 seconds',
	ADD suspend_after int NOT NULL DEFAULT 10,
	ADD max_runtime interval,
	ADD max_staleness interval;

ALTER TABLE elt_catalog.run
	ADD rows_refused bigint NOT NULL DEFAULT 0,
	DROP max_event_time,
	DROP wal_lsn,
	DROP CONSTRAINT rows_add_up;
ALTER TABLE elt_catalog.run
	ADD CONSTRAINT rows_add_up CHECK (rows_read = rows_inserted + rows_updated + rows_unchanged
		+ rows_deleted + rows_stale + rows_duplicate + rows_quarantined + rows_dropped
		+ rows_refused);

ALTER TABLE elt_catalog.run RENAME rows_held TO pending_deletes;
ALTER TABLE elt_catalog.run
	ADD slot timestamptz,
	DROP CONSTRAINT run_state_check,
	DROP CONSTRAINT run_origin_check;
ALTER TABLE elt_catalog.run
	ADD CONSTRAINT run_state_check
		CHECK (state IN ('queued', 'running', 'succeeded', 'partial', 'failed', 'cancelled', 'abandoned', 'skipped')),
	ADD CONSTRAINT run_origin_check
		CHECK (origin IN ('call', 'queue', 'schedule', 'after', 'change', 'retry'));

ALTER TABLE elt_catalog.held_load RENAME TO pending_load;
ALTER TABLE elt_catalog.pending_load RENAME held_at TO pending_since;
ALTER TABLE elt_catalog.pending_load RENAME CONSTRAINT held_load_pkey TO pending_load_pkey;
ALTER TABLE elt_catalog.pending_load RENAME CONSTRAINT held_load_pipeline_id_fkey TO pending_load_pipeline_id_fkey;

ALTER TABLE elt_catalog.check_result ADD verdict text
	CHECK (verdict IN ('passed', 'warned', 'failed'));
UPDATE elt_catalog.check_result
SET verdict = CASE WHEN passed THEN 'passed' WHEN action = 'fail' THEN 'failed' ELSE 'warned' END;
ALTER TABLE elt_catalog.check_result ALTER verdict SET NOT NULL, DROP passed;

ALTER TABLE elt_catalog.partition RENAME parent TO relation;

CREATE TABLE elt_catalog.run_target (
	run_id bigint NOT NULL REFERENCES elt_catalog.run ON DELETE CASCADE,
	pipeline_id int NOT NULL REFERENCES elt_catalog.pipeline ON DELETE CASCADE,
	rows_read bigint NOT NULL DEFAULT 0,
	rows_inserted bigint NOT NULL DEFAULT 0,
	rows_updated bigint NOT NULL DEFAULT 0,
	rows_unchanged bigint NOT NULL DEFAULT 0,
	rows_deleted bigint NOT NULL DEFAULT 0,
	rows_stale bigint NOT NULL DEFAULT 0,
	rows_duplicate bigint NOT NULL DEFAULT 0,
	rows_conflicting bigint NOT NULL DEFAULT 0,
	rows_quarantined bigint NOT NULL DEFAULT 0,
	rows_dropped bigint NOT NULL DEFAULT 0,
	rows_refused bigint NOT NULL DEFAULT 0,
	rows_removed bigint NOT NULL DEFAULT 0,
	PRIMARY KEY (run_id, pipeline_id),
	CONSTRAINT rows_add_up CHECK (rows_read = rows_inserted + rows_updated + rows_unchanged
		+ rows_deleted + rows_stale + rows_duplicate + rows_quarantined + rows_dropped
		+ rows_refused)
);
CREATE INDEX run_target_pipeline ON elt_catalog.run_target (pipeline_id);

ALTER TABLE elt_catalog.staged_batch DROP staged_at;
ALTER TABLE elt_catalog.staged_slice RENAME page_token TO position;
ALTER TABLE elt_catalog.staged_slice RENAME status TO state;

ALTER TABLE elt_catalog.slice RENAME status TO state;
ALTER TABLE elt_catalog.slice RENAME CONSTRAINT slice_status_check TO slice_state_check;

ALTER TABLE elt_catalog.reject RENAME status TO state;
ALTER TABLE elt_catalog.reject
	DROP CONSTRAINT reject_status_check,
	ADD form text NOT NULL DEFAULT 'row' CHECK (form IN ('row', 'record', 'page', 'columns', 'decoded')),
	ADD whole boolean NOT NULL DEFAULT true,
	ADD ancestors text,
	ADD list text,
	ADD header text,
	ADD line bigint,
	ADD arrival bigint,
	ADD loaded_at timestamptz,
	ADD replay_of bigint,
	ADD patch jsonb,
	ADD fixed_by regrole,
	ADD fixed_at timestamptz,
	ADD resolved_by regrole,
	ADD resolution text;
ALTER TABLE elt_catalog.reject
	ADD CONSTRAINT reject_state_check
	CHECK (state IN ('new', 'fixed', 'replayed', 'discarded', 'superseded'));
-- What these records needed beside their text was not kept.
UPDATE elt_catalog.reject SET form = 'record', whole = false WHERE stage = 'parse';
DROP INDEX elt_catalog.reject_open;
CREATE INDEX reject_open ON elt_catalog.reject (pipeline_id, id) WHERE state IN ('new', 'fixed');
ALTER TABLE elt_catalog.staged_reject
	ADD n bigint GENERATED ALWAYS AS IDENTITY,
	ADD form text NOT NULL,
	ADD whole boolean NOT NULL,
	ADD ancestors text,
	ADD list text,
	ADD header text,
	ADD line bigint,
	ADD arrival bigint;
CREATE UNLOGGED TABLE elt_catalog.staged_replay (
	pipeline_id int NOT NULL,
	n bigint NOT NULL,
	reject_id bigint NOT NULL,
	superseded boolean NOT NULL,
	again bigint,
	PRIMARY KEY (pipeline_id, n)
);

ALTER TABLE elt_catalog.reject ADD parent_key jsonb, DROP CONSTRAINT reject_pipeline_id_fkey;
DROP INDEX elt_catalog.reject_pipeline, elt_catalog.reject_run;
CREATE INDEX reject_run ON elt_catalog.reject USING brin (run_id) WITH (autosummarize = on);
CREATE TABLE elt_catalog.reject_settled (
	pipeline_id int NOT NULL REFERENCES elt_catalog.pipeline ON DELETE CASCADE,
	first_id bigint NOT NULL,
	last_id bigint NOT NULL,
	state text NOT NULL CHECK (state IN ('replayed', 'superseded')),
	run_id bigint NOT NULL,
	settled_at timestamptz NOT NULL,
	settled_by regrole NOT NULL,
	PRIMARY KEY (pipeline_id, first_id)
);
CREATE TABLE elt_catalog.reject_overflow (
	pipeline_id int NOT NULL REFERENCES elt_catalog.pipeline ON DELETE CASCADE,
	run_id bigint NOT NULL,
	batch int NOT NULL,
	params jsonb NOT NULL,
	window_start timestamptz NOT NULL,
	stage text NOT NULL,
	reason text NOT NULL,
	rows bigint NOT NULL,
	expired boolean NOT NULL DEFAULT false,
	open boolean NOT NULL DEFAULT true,
	counted_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX reject_overflow_run ON elt_catalog.reject_overflow (run_id);
CREATE INDEX reject_overflow_open ON elt_catalog.reject_overflow (pipeline_id) WHERE open;
ALTER TABLE elt_catalog.pipeline
	ADD reject_raw_bytes int NOT NULL DEFAULT 1048576 CHECK (reject_raw_bytes BETWEEN 1024 AND 67108864),
	ADD max_rejects_kept bigint NOT NULL DEFAULT 100000 CHECK (max_rejects_kept > 0),
	ADD reject_retention interval NOT NULL DEFAULT '90 days';
ALTER TABLE elt_catalog.staged_reject ADD parent_record bigint, ADD parent_key jsonb;

ALTER TABLE elt_catalog.check_result ADD pipeline_id int REFERENCES elt_catalog.pipeline ON DELETE CASCADE;
UPDATE elt_catalog.check_result c SET pipeline_id = r.pipeline_id
FROM elt_catalog.run r WHERE r.id = c.run_id;
ALTER TABLE elt_catalog.check_result
	ALTER pipeline_id SET NOT NULL,
	DROP CONSTRAINT check_result_pkey;
ALTER TABLE elt_catalog.check_result
	ADD CONSTRAINT check_result_pkey PRIMARY KEY (run_id, batch, pipeline_id, check_name);

ALTER TABLE elt_catalog.request_log RENAME status TO http_status;

ALTER TABLE elt_catalog.check_rule
	DROP options,
	ADD scope text NOT NULL DEFAULT 'row' CHECK (scope IN ('row', 'batch', 'run')),
	ADD warn_if text,
	ADD fail_if text,
	ADD description text,
	ADD enabled boolean NOT NULL DEFAULT true;
ALTER TABLE elt_catalog.check_result
	ALTER rows_failed DROP NOT NULL,
	DROP CONSTRAINT check_result_verdict_check,
	ADD CONSTRAINT check_result_verdict_check
		CHECK (verdict IN ('passed', 'warned', 'failed', 'unknown')),
	ADD checked_at timestamptz NOT NULL DEFAULT now(),
	ADD value numeric,
	ADD evidence jsonb,
	ADD message text,
	ADD sample_keys jsonb,
	ADD dimension text NOT NULL DEFAULT 'validity'
		CHECK (dimension IN ('completeness', 'validity', 'uniqueness', 'timeliness'));
UPDATE elt_catalog.check_result c SET checked_at = coalesce(r.finished_at, r.started_at, r.enqueued_at)
FROM elt_catalog.run r WHERE r.id = c.run_id;
CREATE INDEX check_result_history ON elt_catalog.check_result (pipeline_id, check_name, run_id)
	WHERE evidence IS NOT NULL;

ALTER TABLE elt_catalog.policy DROP options;
ALTER TABLE elt_catalog.policy RENAME time_zone TO partition_time_zone;
ALTER TABLE elt_catalog.policy RENAME premake TO partition_premake;
ALTER TABLE elt_catalog.policy RENAME CONSTRAINT policy_premake_check TO policy_partition_premake_check;

CREATE TABLE elt_catalog.file (
	pipeline_id int NOT NULL REFERENCES elt_catalog.pipeline ON DELETE CASCADE,
	name text COLLATE "C" NOT NULL,
	bucket int NOT NULL GENERATED ALWAYS AS (hashtext(name) & 1023) STORED,
	size bigint,
	modified timestamptz,
	seen_at timestamptz NOT NULL DEFAULT clock_timestamp(),
	state text NOT NULL CHECK (state IN ('seen', 'settling', 'landed', 'changed', 'rejected', 'gone',
		'disposing', 'disposed')),
	outcome text CHECK (outcome IN ('landed', 'rejected')),
	read_size bigint,
	read_modified timestamptz,
	checksum text,
	definition text,
	rows bigint NOT NULL DEFAULT 0,
	rejects bigint NOT NULL DEFAULT 0,
	first_error text,
	first_error_line bigint,
	run_id bigint,
	landed_at timestamptz,
	disposed_at timestamptz,
	PRIMARY KEY (pipeline_id, name)
);
CREATE INDEX file_bucket ON elt_catalog.file (pipeline_id, bucket);
CREATE INDEX file_disposing ON elt_catalog.file (pipeline_id) WHERE state = 'disposing';
CREATE INDEX file_rejected ON elt_catalog.file (pipeline_id) WHERE state = 'rejected';
CREATE TABLE elt_catalog.file_digest (
	pipeline_id int NOT NULL REFERENCES elt_catalog.pipeline ON DELETE CASCADE,
	bucket int NOT NULL,
	digest bigint NOT NULL,
	PRIMARY KEY (pipeline_id, bucket)
);
ALTER TABLE elt_catalog.staged_slice ADD file_size bigint, ADD file_modified timestamptz,
	ADD file_checksum text, ADD file_state text, ADD file_rejects bigint, ADD file_error_line bigint;

ALTER TABLE elt_catalog.policy
	DROP CONSTRAINT policy_retain_action_check,
	ALTER partition_interval DROP NOT NULL,
	ADD partition_epoch text,
	ADD partition_step bigint,
	ADD partition_rows bigint,
	ADD partition_bytes bigint,
	ADD then_by jsonb,
	ADD retain_by text NOT NULL DEFAULT 'data',
	ADD retention jsonb,
	ADD archive_server text,
	ADD archive_path text,
	ADD archive_format text,
	ADD archive_table regclass,
	ADD all_view regclass,
	ADD all_query text;
ALTER TABLE elt_catalog.partition
	DROP CONSTRAINT partition_state_check,
	ADD CONSTRAINT partition_state_check CHECK (state IN ('attached', 'detaching', 'detached', 'archived', 'packed', 'dropped')),
	ALTER lower_bound DROP NOT NULL,
	ALTER upper_bound DROP NOT NULL,
	ADD lower_value bigint,
	ADD upper_value bigint,
	ADD created_at timestamptz NOT NULL DEFAULT now(),
	ADD part regclass,
	ADD actions text[] NOT NULL DEFAULT '{}',
	ADD action text,
	ADD step text,
	ADD error text,
	ADD held text,
	ADD archived_as regclass,
	ADD compression text;
CREATE INDEX partition_part ON elt_catalog.partition (relation, part);
CREATE TABLE elt_catalog.maintenance_run (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
	finished_at timestamptz,
	partitions_created bigint NOT NULL DEFAULT 0,
	partitions_removed bigint NOT NULL DEFAULT 0,
	rows_deleted bigint NOT NULL DEFAULT 0,
	errors bigint NOT NULL DEFAULT 0
);
CREATE TABLE elt_catalog.hold (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	relation regclass NOT NULL,
	from_time timestamptz,
	to_time timestamptz,
	from_value bigint,
	to_value bigint,
	reason text NOT NULL,
	held_by text NOT NULL,
	held_at timestamptz NOT NULL DEFAULT now(),
	released_by text,
	released_at timestamptz
);
CREATE INDEX hold_standing ON elt_catalog.hold (relation) WHERE released_at IS NULL;
CREATE INDEX partition_attached ON elt_catalog.partition (lower_bound) WHERE state = 'attached';

ALTER TABLE elt_catalog.pipeline
	ADD on_new_field text NOT NULL DEFAULT 'record' CHECK (on_new_field IN ('ignore', 'record', 'add', 'hold')),
	ADD on_type_change text NOT NULL DEFAULT 'propose' CHECK (on_type_change IN ('reject', 'propose')),
	ADD max_new_columns int NOT NULL DEFAULT 20 CHECK (max_new_columns > 0);
ALTER TABLE elt_catalog.staged_batch ADD new_fields jsonb;
ALTER TABLE elt_catalog.delivered_field ADD declared boolean NOT NULL DEFAULT true;
ALTER TABLE elt_catalog.drift
	DROP CONSTRAINT drift_kind_check,
	ADD CONSTRAINT drift_kind_check CHECK (kind IN ('missing', 'new', 'type')),
	ADD column_name text,
	ADD column_type text,
	ADD column_options text,
	ADD proposal text,
	ADD applied_at timestamptz;
