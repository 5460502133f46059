\echo Use "CREATE EXTENSION pg_elt" to load this file. \quit

-- Roles belong to the cluster: made when absent, never dropped.
DO $roles$
DECLARE
	role_name text;
BEGIN
	FOREACH role_name IN ARRAY ARRAY['elt_admin', 'elt_operator', 'elt_reader'] LOOP
		IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = role_name) THEN
			EXECUTE pg_catalog.format('CREATE ROLE %I NOLOGIN', role_name);
		END IF;
	END LOOP;
END
$roles$;

CREATE SCHEMA elt;
COMMENT ON SCHEMA elt IS 'pg_elt: functions, procedures and views for users';
CREATE SCHEMA elt_catalog;
COMMENT ON SCHEMA elt_catalog IS 'pg_elt: definitions, state and history; read it through the views in schema elt';
CREATE SCHEMA elt_staging;
COMMENT ON SCHEMA elt_staging IS 'pg_elt: one unlogged table per pipeline with the rows of its current or last batch';
-- Definitions, state and history. Only src/catalog reads these tables.

CREATE TABLE elt_catalog.home (
	id uuid NOT NULL DEFAULT pg_catalog.gen_random_uuid(),
	restored_at timestamptz
);
COMMENT ON TABLE elt_catalog.home IS 'identity of this database; not dumped, so that a restored database has another one';
COMMENT ON COLUMN elt_catalog.home.restored_at IS 'when pipelines came with a dump; null again when one is resumed';
INSERT INTO elt_catalog.home DEFAULT VALUES;

CREATE FUNCTION elt_catalog.home()
RETURNS uuid
LANGUAGE sql STABLE
AS 'SELECT id FROM elt_catalog.home';
COMMENT ON FUNCTION elt_catalog.home IS 'identity of this database';

CREATE TABLE elt_catalog.pipeline (
	id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	name text NOT NULL UNIQUE CHECK (name ~ '^[a-z_][a-z0-9_]{0,47}$'),
	owner regrole NOT NULL,
	source regclass NOT NULL,
	target regclass NOT NULL,
	key text[] NOT NULL DEFAULT '{}',
	strategy text NOT NULL DEFAULT 'upsert'
		CHECK (strategy IN ('append', 'upsert', 'scd2', 'replace_window')),
	load text NOT NULL DEFAULT 'incremental' CHECK (load IN ('incremental', 'full')),
	params jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(params) = 'object'),
	params_query text,
	start_at timestamptz,
	lookback interval NOT NULL DEFAULT '0',
	publication_delay interval NOT NULL DEFAULT '0',
	not_yet_limit interval,
	cursor_column text,
	fail_after int CHECK (fail_after > 0),
	sequence_by text[] NOT NULL DEFAULT '{}',
	delete_when text,
	tombstone_retention interval,
	update_columns text[] NOT NULL DEFAULT '{}',
	insert_only_columns text[] NOT NULL DEFAULT '{}',
	track_columns text[] NOT NULL DEFAULT '{}',
	deletes text NOT NULL DEFAULT 'close' CHECK (deletes IN ('close', 'mark', 'ignore')),
	first_valid_from text NOT NULL DEFAULT 'event' CHECK (first_valid_from IN ('event', '-infinity')),
	late_horizon interval,
	late_policy text NOT NULL DEFAULT 'rebuild' CHECK (late_policy IN ('rebuild', 'quarantine')),
	absent text NOT NULL DEFAULT 'ignore' CHECK (absent IN ('ignore', 'delete')),
	max_delete_percent double precision NOT NULL DEFAULT 10
		CHECK (max_delete_percent BETWEEN 0 AND 100),
	min_rows_percent double precision NOT NULL DEFAULT 50
		CHECK (min_rows_percent BETWEEN 0 AND 100),
	partition_by text,
	max_future interval NOT NULL DEFAULT '1 day',
	max_new_partitions int NOT NULL DEFAULT 50 CHECK (max_new_partitions > 0),
	batch_rows bigint NOT NULL DEFAULT 200000 CHECK (batch_rows > 0),
	batch_bytes bigint NOT NULL DEFAULT 268435456 CHECK (batch_bytes > 0),
	batch_seconds int NOT NULL DEFAULT 60 CHECK (batch_seconds > 0),
	max_reject_percent double precision NOT NULL DEFAULT 50
		CHECK (max_reject_percent BETWEEN 0 AND 100),
	on_missing_field text NOT NULL DEFAULT 'warn'
		CHECK (on_missing_field IN ('warn', 'hold', 'ignore')),
	max_attempts int NOT NULL DEFAULT 5 CHECK (max_attempts > 0),
	schedule text,
	paused boolean NOT NULL DEFAULT false,
	definition_version int NOT NULL DEFAULT 1,
	options jsonb NOT NULL DEFAULT '{}',
	home uuid NOT NULL DEFAULT elt_catalog.home(),
	created_at timestamptz NOT NULL DEFAULT now(),
	changed_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE elt_catalog.pipeline IS 'one source relation, one staging table, one target table, and their rules';
COMMENT ON COLUMN elt_catalog.pipeline.owner IS 'source, staging, checks and target are touched with this role''s rights';
COMMENT ON COLUMN elt_catalog.pipeline.params IS 'each param with the values to ask for; their combinations are pulled';
COMMENT ON COLUMN elt_catalog.pipeline.lookback IS 'how far behind the cursor every read starts, for revised values';
COMMENT ON COLUMN elt_catalog.pipeline.publication_delay IS 'the cursor never passes now() minus this';
COMMENT ON COLUMN elt_catalog.pipeline.not_yet_limit IS 'a slice that is not published after this long fails; null: never';
COMMENT ON COLUMN elt_catalog.pipeline.home IS 'the database that it was declared in, or restored to';
COMMENT ON COLUMN elt_catalog.pipeline.definition_version IS 'state that was recorded under another number is not trusted';

-- A restored database must not load before somebody says so: its original may still do.
CREATE FUNCTION elt_catalog.pause_restored()
RETURNS trigger
LANGUAGE plpgsql
AS $pause$
BEGIN
	NEW.home := elt_catalog.home();
	NEW.paused := true;
	UPDATE elt_catalog.home SET restored_at = pg_catalog.clock_timestamp() WHERE restored_at IS NULL;
	IF FOUND THEN
		RAISE WARNING 'pipelines that were dumped from another database are paused'
			USING HINT = 'Where they shall run, call elt.resume and set their schedules again.';
	END IF;
	RETURN NEW;
END
$pause$;
COMMENT ON FUNCTION elt_catalog.pause_restored IS 'pause pipelines that come with a dump';

CREATE TRIGGER pause_restored BEFORE INSERT ON elt_catalog.pipeline FOR EACH ROW
	WHEN (NEW.home <> elt_catalog.home()) EXECUTE FUNCTION elt_catalog.pause_restored();
COMMENT ON TRIGGER pause_restored ON elt_catalog.pipeline IS 'pauses pipelines that come with a dump';

CREATE TABLE elt_catalog.run (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	pipeline_id int NOT NULL REFERENCES elt_catalog.pipeline ON DELETE CASCADE,
	kind text NOT NULL DEFAULT 'incremental'
		CHECK (kind IN ('incremental', 'full', 'window', 'backfill', 'pull', 'merge', 'replay')),
	state text NOT NULL DEFAULT 'queued'
		CHECK (state IN ('queued', 'running', 'succeeded', 'partial', 'failed', 'cancelled', 'abandoned')),
	origin text NOT NULL DEFAULT 'call' CHECK (origin IN ('call', 'queue', 'schedule', 'retry')),
	requested_by regrole NOT NULL,
	enqueued_at timestamptz NOT NULL DEFAULT now(),
	not_before timestamptz,
	postponed_at timestamptz,
	attempt int NOT NULL DEFAULT 1,
	retry_of bigint,
	started_at timestamptz,
	finished_at timestamptz,
	pid int,
	backend_start timestamptz,
	window_from timestamptz,
	window_to timestamptz,
	batches int NOT NULL DEFAULT 0,
	slices_landed bigint NOT NULL DEFAULT 0,
	slices_unchanged bigint NOT NULL DEFAULT 0,
	slices_not_yet bigint NOT NULL DEFAULT 0,
	slices_failed bigint NOT NULL DEFAULT 0,
	requests bigint NOT NULL DEFAULT 0,
	bytes bigint NOT NULL DEFAULT 0,
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
	rows_held bigint NOT NULL DEFAULT 0,
	rows_removed bigint NOT NULL DEFAULT 0,
	partitions text[] NOT NULL DEFAULT '{}',
	max_event_time timestamptz,
	wal_lsn pg_lsn,
	sqlstate text,
	error text,
	detail text,
	hint text,
	CONSTRAINT rows_add_up CHECK (rows_read = rows_inserted + rows_updated + rows_unchanged
		+ rows_deleted + rows_stale + rows_duplicate + rows_quarantined + rows_dropped)
);
COMMENT ON TABLE elt_catalog.run IS 'one execution of a pipeline; its row counts must add up';
COMMENT ON COLUMN elt_catalog.run.not_before IS 'when an attempt that was put off may start; null: at once';
COMMENT ON COLUMN elt_catalog.run.postponed_at IS 'when not_before was set: a time that lies ahead says that the clock was put back since, and not_before means nothing';
COMMENT ON COLUMN elt_catalog.run.rows_conflicting IS 'of rows_duplicate: those that differ from the row of their key that counts';
COMMENT ON COLUMN elt_catalog.run.rows_held IS 'rows of the target that are missing from the load and whose deletion a guard holds; not among the rows read';
COMMENT ON COLUMN elt_catalog.run.rows_removed IS 'rows of the target that were deleted because they are missing from the load; not among the rows read';
CREATE INDEX run_pipeline ON elt_catalog.run (pipeline_id, id);
CREATE INDEX run_open ON elt_catalog.run (not_before) WHERE state IN ('queued', 'running');
CREATE UNIQUE INDEX run_one_waiting ON elt_catalog.run (pipeline_id)
	WHERE state = 'queued' AND kind <> 'backfill';

CREATE TABLE elt_catalog.step (
	run_id bigint NOT NULL REFERENCES elt_catalog.run ON DELETE CASCADE,
	batch int NOT NULL,
	step text NOT NULL,
	started_at timestamptz NOT NULL,
	finished_at timestamptz NOT NULL,
	rows_in bigint NOT NULL DEFAULT 0,
	rows_out bigint NOT NULL DEFAULT 0,
	detail jsonb NOT NULL DEFAULT '{}',
	PRIMARY KEY (run_id, batch, step)
);
COMMENT ON TABLE elt_catalog.step IS 'the stages of a run, batch by batch, with their counts and times';

CREATE TABLE elt_catalog.slice (
	pipeline_id int NOT NULL REFERENCES elt_catalog.pipeline ON DELETE CASCADE,
	params jsonb NOT NULL DEFAULT '{}',
	window_start timestamptz NOT NULL DEFAULT '-infinity',
	window_end timestamptz NOT NULL DEFAULT 'infinity',
	status text NOT NULL CHECK (status IN ('landed', 'empty', 'not_yet', 'failed')),
	complete boolean NOT NULL DEFAULT false,
	definition_version int NOT NULL,
	attempts int NOT NULL DEFAULT 0,
	first_tried_at timestamptz NOT NULL,
	tried_at timestamptz NOT NULL,
	landed_at timestamptz,
	unchanged_at timestamptz,
	rows bigint NOT NULL DEFAULT 0,
	rejected bigint NOT NULL DEFAULT 0,
	bytes bigint NOT NULL DEFAULT 0,
	http_status int,
	etag text,
	last_modified text,
	body_hash text,
	answer_key text,
	sqlstate text,
	error text,
	unproven text,
	failures int NOT NULL DEFAULT 0,
	next_try_at timestamptz,
	gone boolean NOT NULL DEFAULT false,
	run_id bigint,
	PRIMARY KEY (pipeline_id, params, window_start)
);
CREATE INDEX slice_failing ON elt_catalog.slice (pipeline_id, params) WHERE failures > 0;
CREATE INDEX slice_gone ON elt_catalog.slice (pipeline_id) WHERE gone;
COMMENT ON TABLE elt_catalog.slice IS 'one (params, window): the unit that is fetched, retried and resumed';
COMMENT ON COLUMN elt_catalog.slice.complete IS 'the window had ended, publication delay included, when it was asked';
COMMENT ON COLUMN elt_catalog.slice.unproven IS 'why the list that came may not be complete; null: it is';
COMMENT ON COLUMN elt_catalog.slice.failures IS 'number of failures since it last landed; temporary failures do not count';
COMMENT ON COLUMN elt_catalog.slice.next_try_at IS 'scheduled runs skip it until then; null: it is requested whenever it is due';
COMMENT ON COLUMN elt_catalog.slice.gone IS 'its params are no longer asked for';
COMMENT ON COLUMN elt_catalog.slice.unchanged_at IS 'when the answer was last seen to be the one that had landed; null: not since';
COMMENT ON COLUMN elt_catalog.slice.answer_key IS 'of the definition and the target that the answer landed under; while it stays, the same answer need not be landed again';

CREATE TABLE elt_catalog.request_log (
	at timestamptz NOT NULL,
	pipeline_id int NOT NULL,
	run_id bigint NOT NULL,
	params jsonb,
	window_start timestamptz,
	window_end timestamptz,
	page int NOT NULL,
	attempt int NOT NULL,
	method text NOT NULL,
	url text NOT NULL,
	status int,
	verdict text NOT NULL,
	failure text,
	error text,
	bytes bigint NOT NULL,
	redirects int NOT NULL,
	dns_ms real NOT NULL,
	connect_ms real NOT NULL,
	tls_ms real NOT NULL,
	first_byte_ms real NOT NULL,
	total_ms real NOT NULL,
	reused_connection boolean NOT NULL,
	http_version text
);
COMMENT ON TABLE elt_catalog.request_log IS 'every HTTP request; logged, so that it survives a crash, and not dumped: server-local, expires after elt.request_log_retention';
COMMENT ON COLUMN elt_catalog.request_log.params IS 'of the slice; null: the request was for an access token';
COMMENT ON COLUMN elt_catalog.request_log.url IS 'with *** for every secret';
CREATE INDEX request_log_at ON elt_catalog.request_log (at);
CREATE INDEX request_log_run ON elt_catalog.request_log USING brin (run_id) WITH (autosummarize = on);

CREATE TABLE elt_catalog.cursor (
	pipeline_id int NOT NULL REFERENCES elt_catalog.pipeline ON DELETE CASCADE,
	params jsonb NOT NULL DEFAULT '{}',
	position text NOT NULL,
	window_end timestamptz,
	definition_version int NOT NULL,
	run_id bigint,
	moved_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (pipeline_id, params)
);
COMMENT ON TABLE elt_catalog.cursor IS 'per params combination, how far the pipeline has landed';

CREATE TABLE elt_catalog.quota (
	server name PRIMARY KEY,
	period_start timestamptz NOT NULL,
	spent bigint NOT NULL CHECK (spent >= 0),
	saved_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE elt_catalog.quota IS 'requests that were made in the current period of a server''s quota; a restart forgets those since saved_at';

-- The staged batch: unlogged together with the staging tables, so that a crash empties both.
CREATE UNLOGGED TABLE elt_catalog.staged_batch (
	pipeline_id int PRIMARY KEY,
	run_id bigint NOT NULL,
	batch int NOT NULL,
	definition_version int NOT NULL,
	definition text,
	complete boolean NOT NULL DEFAULT false,
	staged_at timestamptz NOT NULL DEFAULT now(),
	planned bigint,
	started_at timestamptz,
	records bigint NOT NULL DEFAULT 0,
	present_fields text[] NOT NULL DEFAULT '{}',
	missing_fields text[] NOT NULL DEFAULT '{}',
	sample text
);
COMMENT ON TABLE elt_catalog.staged_batch IS 'the batch that waits in a staging table';
COMMENT ON COLUMN elt_catalog.staged_batch.missing_fields IS 'declared paths that lead to nothing in every record';
COMMENT ON COLUMN elt_catalog.staged_batch.sample IS 'the text of one of its records';
COMMENT ON COLUMN elt_catalog.staged_batch.planned IS 'of a full load: how many slices it asks for';
COMMENT ON COLUMN elt_catalog.staged_batch.started_at IS 'of a full load: before its first request';

CREATE UNLOGGED TABLE elt_catalog.staged_slice (
	pipeline_id int NOT NULL,
	params jsonb NOT NULL DEFAULT '{}',
	window_start timestamptz NOT NULL,
	window_end timestamptz NOT NULL,
	status text NOT NULL,
	complete boolean NOT NULL,
	attempts int NOT NULL,
	tried_at timestamptz NOT NULL,
	requests bigint NOT NULL,
	loaded_at timestamptz,
	rows bigint NOT NULL,
	rejected bigint NOT NULL,
	undecoded bigint NOT NULL DEFAULT 0,
	goes_on boolean NOT NULL DEFAULT false,
	bytes bigint NOT NULL,
	unproven text,
	http_status int,
	etag text,
	last_modified text,
	body_hash text,
	page_token text,
	refused boolean NOT NULL DEFAULT false,
	sqlstate text,
	error text,
	PRIMARY KEY (pipeline_id, params, window_start)
);
COMMENT ON COLUMN elt_catalog.staged_slice.unproven IS 'why its list may not be complete; null: it is';
COMMENT ON COLUMN elt_catalog.staged_slice.undecoded IS 'of rejected: those that decoding refused';
COMMENT ON COLUMN elt_catalog.staged_slice.goes_on IS 'it was asked for from a cursor on: what it had before is not in it';
COMMENT ON TABLE elt_catalog.staged_slice IS 'what became of each slice of the staged batch';
COMMENT ON COLUMN elt_catalog.staged_slice.loaded_at IS '_loaded_at of its staged rows, which no other slice of the batch has';

CREATE UNLOGGED TABLE elt_catalog.staged_reject (
	pipeline_id int NOT NULL,
	params jsonb NOT NULL DEFAULT '{}',
	window_start timestamptz NOT NULL,
	window_end timestamptz NOT NULL,
	stage text NOT NULL,
	reason text NOT NULL,
	column_name text,
	record bigint,
	byte_offset bigint,
	sqlstate text,
	message text NOT NULL,
	raw text
);
COMMENT ON TABLE elt_catalog.staged_reject IS 'rows of the staged batch that could not become typed rows';
CREATE INDEX staged_reject_pipeline ON elt_catalog.staged_reject (pipeline_id);

CREATE UNLOGGED TABLE elt_catalog.staged_check (
	pipeline_id int NOT NULL,
	rule_id int NOT NULL,
	bit int NOT NULL CHECK (bit BETWEEN 0 AND 62),
	rows_failed bigint NOT NULL,
	PRIMARY KEY (pipeline_id, rule_id)
);
COMMENT ON TABLE elt_catalog.staged_check IS 'checks that were evaluated while the batch was loaded: their bit in _failed of the staged rows, and how many rows broke them';

-- Full loads: what the last complete one had, and deletes that a guard holds.
CREATE TABLE elt_catalog.complete_load (
	pipeline_id int PRIMARY KEY REFERENCES elt_catalog.pipeline ON DELETE CASCADE,
	run_id bigint NOT NULL,
	rows bigint NOT NULL,
	landed_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE elt_catalog.complete_load IS 'number of rows of the last full load whose absent keys were deleted; the next load is compared with it';

CREATE TABLE elt_catalog.held_load (
	pipeline_id int PRIMARY KEY REFERENCES elt_catalog.pipeline ON DELETE CASCADE,
	run_id bigint NOT NULL,
	started_at timestamptz NOT NULL,
	rows bigint NOT NULL,
	reason text NOT NULL,
	held_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE elt_catalog.held_load IS 'a full load whose deletes wait for approval, and the guard that holds them';

CREATE TABLE elt_catalog.pending_delete (
	pipeline_id int NOT NULL REFERENCES elt_catalog.pipeline ON DELETE CASCADE,
	key jsonb NOT NULL
);
COMMENT ON TABLE elt_catalog.pending_delete IS 'keys of the target that are missing from a held load';
CREATE INDEX pending_delete_pipeline ON elt_catalog.pending_delete (pipeline_id);

CREATE TABLE elt_catalog.restated_fact (
	pipeline_id int NOT NULL REFERENCES elt_catalog.pipeline ON DELETE CASCADE,
	fact regclass NOT NULL,
	sk_column text NOT NULL,
	batch bigint NOT NULL,
	applied_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (pipeline_id, fact, sk_column)
);
COMMENT ON TABLE elt_catalog.restated_fact IS 'up to which batch the restatements of a dimension have been applied to a fact table';

CREATE TABLE elt_catalog.check_rule (
	id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	pipeline_id int NOT NULL REFERENCES elt_catalog.pipeline ON DELETE CASCADE,
	name text NOT NULL,
	expression text NOT NULL,
	action text NOT NULL CHECK (action IN ('warn', 'quarantine', 'drop', 'fail')),
	options jsonb NOT NULL DEFAULT '{}',
	native boolean NOT NULL DEFAULT false,
	created_at timestamptz NOT NULL DEFAULT now(),
	UNIQUE (pipeline_id, name)
);
COMMENT ON TABLE elt_catalog.check_rule IS 'named rules over staged rows; what they do with a row that breaks them';
COMMENT ON COLUMN elt_catalog.check_rule.native IS 'it was last seen to have a form that is evaluated while rows are loaded';

CREATE TABLE elt_catalog.check_result (
	run_id bigint NOT NULL REFERENCES elt_catalog.run ON DELETE CASCADE,
	batch int NOT NULL,
	check_name text NOT NULL,
	action text NOT NULL,
	rows_checked bigint NOT NULL,
	rows_failed bigint NOT NULL,
	passed boolean NOT NULL,
	PRIMARY KEY (run_id, batch, check_name)
);
COMMENT ON TABLE elt_catalog.check_result IS 'the verdict of each check on each batch';

CREATE TABLE elt_catalog.reject (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	pipeline_id int NOT NULL REFERENCES elt_catalog.pipeline ON DELETE CASCADE,
	run_id bigint NOT NULL,
	batch int NOT NULL,
	params jsonb,
	window_start timestamptz,
	window_end timestamptz,
	stage text NOT NULL CHECK (stage IN ('parse', 'range', 'check', 'merge')),
	reason text NOT NULL,
	checks text[],
	column_name text,
	record bigint,
	byte_offset bigint,
	sqlstate text,
	message text NOT NULL,
	raw text,
	rejected_at timestamptz NOT NULL DEFAULT now(),
	status text NOT NULL DEFAULT 'new' CHECK (status IN ('new', 'replayed', 'discarded')),
	attempts int NOT NULL DEFAULT 0,
	resolved_run_id bigint,
	resolved_at timestamptz
);
COMMENT ON TABLE elt_catalog.reject IS 'quarantine: rows that were refused, with their raw text and the reason';
CREATE INDEX reject_pipeline ON elt_catalog.reject (pipeline_id, id);
CREATE INDEX reject_open ON elt_catalog.reject (pipeline_id, params, window_start) WHERE status = 'new';
CREATE INDEX reject_run ON elt_catalog.reject (run_id);

-- Fields that come and go.
CREATE TABLE elt_catalog.delivered_field (
	pipeline_id int NOT NULL REFERENCES elt_catalog.pipeline ON DELETE CASCADE,
	field text NOT NULL,
	delivered_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (pipeline_id, field)
);
COMMENT ON TABLE elt_catalog.delivered_field IS 'declared paths that have led to something, and when they first did';

CREATE TABLE elt_catalog.drift (
	pipeline_id int NOT NULL REFERENCES elt_catalog.pipeline ON DELETE CASCADE,
	field text NOT NULL,
	kind text NOT NULL CHECK (kind IN ('missing')),
	first_seen timestamptz NOT NULL,
	last_seen timestamptz NOT NULL,
	ended_at timestamptz,
	records bigint NOT NULL,
	sample text,
	PRIMARY KEY (pipeline_id, field, kind)
);
COMMENT ON TABLE elt_catalog.drift IS 'declared fields that stopped coming';
COMMENT ON COLUMN elt_catalog.drift.ended_at IS 'when it came again, or was no longer declared; null: it goes on';
COMMENT ON COLUMN elt_catalog.drift.records IS 'number of records without it since first_seen';
COMMENT ON COLUMN elt_catalog.drift.sample IS 'the text of the first of them';

CREATE TABLE elt_catalog.policy (
	relation regclass PRIMARY KEY,
	partition_column text NOT NULL,
	partition_interval interval NOT NULL CHECK (partition_interval > interval '0'),
	time_zone text NOT NULL DEFAULT 'UTC',
	premake int NOT NULL DEFAULT 4 CHECK (premake >= 0),
	retain interval CHECK (retain > interval '0'),
	retain_action text NOT NULL DEFAULT 'drop' CHECK (retain_action IN ('drop', 'detach')),
	lock_timeout interval NOT NULL DEFAULT '2 seconds',
	set_by regrole NOT NULL,
	options jsonb NOT NULL DEFAULT '{}',
	created_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE elt_catalog.policy IS 'partition interval, premake and retention of a table';
COMMENT ON COLUMN elt_catalog.policy.set_by IS 'maintenance goes by the policy as long as this role has the rights of the table''s owner';

CREATE TABLE elt_catalog.maintenance_error (
	relation regclass,
	step text NOT NULL,
	first_at timestamptz NOT NULL DEFAULT now(),
	last_at timestamptz NOT NULL DEFAULT now(),
	times bigint NOT NULL DEFAULT 1,
	sqlstate text NOT NULL,
	message text NOT NULL,
	hint text,
	UNIQUE NULLS NOT DISTINCT (relation, step)
);
COMMENT ON TABLE elt_catalog.maintenance_error IS 'steps of the maintenance that failed the last time; not dumped, as it is about this server';

CREATE TABLE elt_catalog.partition (
	parent regclass NOT NULL,
	name text NOT NULL,
	lower_bound timestamptz NOT NULL,
	upper_bound timestamptz NOT NULL,
	state text NOT NULL CHECK (state IN ('attached', 'detaching', 'detached', 'archived', 'dropped')),
	archived_rows bigint,
	archive text,
	changed_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (parent, name)
);
COMMENT ON TABLE elt_catalog.partition IS 'what became of each partition that pg_elt made';
-- Pipelines: declare, run, watch.

CREATE FUNCTION elt.create_pipeline(
	name text,
	source regclass,
	target text,
	key text[] DEFAULT '{}',
	strategy text DEFAULT 'upsert',
	params jsonb DEFAULT '{}',
	start_at timestamptz DEFAULT NULL,
	lookback interval DEFAULT '0',
	publication_delay interval DEFAULT '0',
	not_yet_limit interval DEFAULT NULL,
	partition_by text DEFAULT NULL,
	partition_interval interval DEFAULT NULL,
	partition_time_zone text DEFAULT 'UTC',
	premake int DEFAULT 4,
	retain interval DEFAULT NULL,
	retain_action text DEFAULT 'drop',
	max_future interval DEFAULT '1 day',
	max_new_partitions int DEFAULT 50,
	batch_rows bigint DEFAULT 200000,
	batch_bytes bigint DEFAULT 268435456,
	max_attempts int DEFAULT 5,
	schedule text DEFAULT NULL,
	sequence_by text[] DEFAULT '{}',
	delete_when text DEFAULT NULL,
	track_columns text[] DEFAULT '{}',
	deletes text DEFAULT 'close',
	first_valid_from text DEFAULT 'event',
	load text DEFAULT 'incremental',
	absent text DEFAULT 'ignore',
	max_delete_percent double precision DEFAULT 10,
	min_rows_percent double precision DEFAULT 50,
	tombstone_retention interval DEFAULT NULL,
	update_columns text[] DEFAULT '{}',
	insert_only_columns text[] DEFAULT '{}',
	late_horizon interval DEFAULT NULL,
	late_policy text DEFAULT 'rebuild',
	params_query text DEFAULT NULL,
	fail_after int DEFAULT NULL,
	cursor_column text DEFAULT NULL,
	batch_seconds int DEFAULT 60,
	max_reject_percent double precision DEFAULT 50,
	on_missing_field text DEFAULT 'warn')
RETURNS text
LANGUAGE C VOLATILE
AS 'MODULE_PATHNAME', 'elt_create_pipeline';
COMMENT ON FUNCTION elt.create_pipeline IS 'declare a pipeline from a source relation to a target table, which is created when absent; returns its name';

CREATE FUNCTION elt.alter_pipeline(
	name text,
	params jsonb DEFAULT NULL,
	start_at timestamptz DEFAULT NULL,
	lookback interval DEFAULT NULL,
	publication_delay interval DEFAULT NULL,
	not_yet_limit interval DEFAULT NULL,
	premake int DEFAULT NULL,
	retain interval DEFAULT NULL,
	retain_action text DEFAULT NULL,
	max_future interval DEFAULT NULL,
	max_new_partitions int DEFAULT NULL,
	batch_rows bigint DEFAULT NULL,
	batch_bytes bigint DEFAULT NULL,
	max_attempts int DEFAULT NULL,
	schedule text DEFAULT NULL,
	params_query text DEFAULT NULL,
	fail_after int DEFAULT NULL,
	max_delete_percent double precision DEFAULT NULL,
	min_rows_percent double precision DEFAULT NULL,
	tombstone_retention interval DEFAULT NULL,
	late_horizon interval DEFAULT NULL,
	batch_seconds int DEFAULT NULL,
	max_reject_percent double precision DEFAULT NULL,
	owner regrole DEFAULT NULL,
	source regclass DEFAULT NULL,
	renamed_columns jsonb DEFAULT NULL,
	options jsonb DEFAULT NULL,
	on_missing_field text DEFAULT NULL)
RETURNS text
LANGUAGE C VOLATILE
AS 'MODULE_PATHNAME', 'elt_alter_pipeline';
COMMENT ON FUNCTION elt.alter_pipeline IS 'change what is given and leave the rest; schedule => '''' removes the schedule, options => ''{"retain": null}'' a limit; returns the name';

CREATE FUNCTION elt.rename_pipeline(name text, new_name text)
RETURNS text
LANGUAGE C VOLATILE
AS 'MODULE_PATHNAME', 'elt_rename_pipeline';
COMMENT ON FUNCTION elt.rename_pipeline IS 'give a pipeline another name; its state, history, staging table and schedule go on under it; returns the new name';

CREATE FUNCTION elt.drop_pipeline(name text)
RETURNS text
LANGUAGE C VOLATILE
AS 'MODULE_PATHNAME', 'elt_drop_pipeline';
COMMENT ON FUNCTION elt.drop_pipeline IS 'forget a pipeline with its state, history, staging table and schedule; source and target stay';

CREATE FUNCTION elt.reset_pipeline(name text, "to" timestamptz DEFAULT '-infinity')
RETURNS bigint
LANGUAGE C VOLATILE
AS 'MODULE_PATHNAME', 'elt_reset_pipeline';
COMMENT ON FUNCTION elt.reset_pipeline IS 'move every cursor back to a time, or to the start, so that the next run requests everything again from there; returns how many slices were reopened';

CREATE FUNCTION elt.pause(name text)
RETURNS boolean
LANGUAGE C VOLATILE
AS 'MODULE_PATHNAME', 'elt_pause';
COMMENT ON FUNCTION elt.pause IS 'pause a pipeline: no run is started until elt.resume; returns false if it was paused already';

CREATE FUNCTION elt.resume(name text)
RETURNS boolean
LANGUAGE C VOLATILE
AS 'MODULE_PATHNAME', 'elt_resume';
COMMENT ON FUNCTION elt.resume IS 'allow runs of a paused pipeline again; returns false if it was not paused';

CREATE PROCEDURE elt.run(name text, window_from timestamptz DEFAULT NULL, window_to timestamptz DEFAULT NULL)
LANGUAGE C
AS 'MODULE_PATHNAME', 'elt_run';
COMMENT ON PROCEDURE elt.run IS 'pull, check and land what is new, or one span of windows, now and in this session; commits as it goes';

CREATE PROCEDURE elt.pull(name text)
LANGUAGE C
AS 'MODULE_PATHNAME', 'elt_pull';
COMMENT ON PROCEDURE elt.pull IS 'pull one batch into the staging table and leave it there, for elt.validate and elt.merge';

CREATE FUNCTION elt.merge(
	name text,
	OUT run_id bigint,
	OUT rows_read bigint,
	OUT rows_inserted bigint,
	OUT rows_updated bigint,
	OUT rows_unchanged bigint,
	OUT rows_duplicate bigint,
	OUT rows_quarantined bigint,
	OUT rows_dropped bigint,
	OUT rows_deleted bigint,
	OUT rows_stale bigint,
	OUT rows_removed bigint,
	OUT rows_conflicting bigint)
RETURNS record
LANGUAGE C VOLATILE
AS 'MODULE_PATHNAME', 'elt_merge';
COMMENT ON FUNCTION elt.merge IS 'check and land the staged batch in this transaction; returns its row counts';

CREATE FUNCTION elt.preview(name text, n int DEFAULT 10)
RETURNS SETOF jsonb
LANGUAGE C VOLATILE
AS 'MODULE_PATHNAME', 'elt_preview';
COMMENT ON FUNCTION elt.preview IS 'request the next slice and show up to n of its rows as they would be staged; writes nothing';

CREATE VIEW elt.pipelines AS
SELECT p.name, p.source, p.target, p.strategy, p.key, p.schedule, p.paused,
	p.owner, last.state AS last_state, last.finished_at AS last_finished_at,
	ok.finished_at AS last_success_at, c.cursor
FROM elt_catalog.pipeline p
LEFT JOIN LATERAL (SELECT state, finished_at FROM elt_catalog.run r
	WHERE r.pipeline_id = p.id ORDER BY r.id DESC LIMIT 1) last ON true
LEFT JOIN LATERAL (SELECT finished_at FROM elt_catalog.run r
	WHERE r.pipeline_id = p.id AND r.state = 'succeeded' ORDER BY r.id DESC LIMIT 1) ok ON true
LEFT JOIN LATERAL (SELECT coalesce(min(window_end)::text, (array_agg(position ORDER BY moved_at))[1]) AS cursor
	FROM elt_catalog.cursor k WHERE k.pipeline_id = p.id) c ON true;
COMMENT ON VIEW elt.pipelines IS 'every pipeline, its last run, and how far all of its params have been loaded';
COMMENT ON COLUMN elt.pipelines.cursor IS 'of windows: up to when all params have landed; of a cursor: its position, of several params that of the one that moved longest ago';

CREATE VIEW elt.runs AS
SELECT r.id AS run_id, p.name AS pipeline, r.kind, r.state, r.origin, r.attempt, r.enqueued_at,
	r.started_at, r.finished_at, coalesce(r.finished_at, clock_timestamp()) - r.started_at AS duration,
	r.pid, r.window_from, r.window_to, r.batches, r.slices_landed,
	r.slices_unchanged, r.slices_not_yet, r.slices_failed, r.requests, r.bytes, r.rows_read,
	r.rows_inserted, r.rows_updated, r.rows_unchanged, r.rows_deleted, r.rows_stale, r.rows_duplicate,
	r.rows_conflicting, r.rows_quarantined,
	r.rows_dropped, r.rows_held, r.rows_removed, r.partitions, r.sqlstate, r.error, r.detail, r.hint
FROM elt_catalog.run r JOIN elt_catalog.pipeline p ON p.id = r.pipeline_id
ORDER BY r.id;
COMMENT ON VIEW elt.runs IS 'every run with its state, counts and error, oldest first';

CREATE VIEW elt.steps AS
SELECT s.run_id, p.name AS pipeline, s.batch, s.step, s.started_at,
	s.finished_at - s.started_at AS duration, s.rows_in, s.rows_out, s.detail
FROM elt_catalog.step s
JOIN elt_catalog.run r ON r.id = s.run_id
JOIN elt_catalog.pipeline p ON p.id = r.pipeline_id
ORDER BY s.run_id, s.batch, s.started_at;
COMMENT ON VIEW elt.steps IS 'the stages of each run, batch by batch';

CREATE VIEW elt.slices AS
SELECT p.name AS pipeline, s.params, s.window_start, s.window_end, s.status,
	s.complete AND s.unproven IS NULL AS complete, s.unproven, s.attempts, s.tried_at, s.landed_at, s.unchanged_at, s.rows, s.rejected,
	s.bytes, s.http_status, s.sqlstate, s.error, s.next_try_at, s.run_id
FROM elt_catalog.slice s JOIN elt_catalog.pipeline p ON p.id = s.pipeline_id
WHERE NOT s.gone
ORDER BY p.name, s.params, s.window_start;
COMMENT ON VIEW elt.slices IS 'every requested slice, a combination of params and a window, and its state';

CREATE VIEW elt.request_log AS
SELECT q.at, q.run_id, p.name AS pipeline, q.params, q.window_start, q.window_end, q.page,
	q.attempt, q.method, q.url, q.status, q.verdict, q.failure, q.error, q.bytes, q.redirects,
	q.dns_ms, q.connect_ms, q.tls_ms, q.first_byte_ms, q.total_ms, q.reused_connection,
	q.http_version
FROM elt_catalog.request_log q JOIN elt_catalog.pipeline p ON p.id = q.pipeline_id
ORDER BY q.at;
COMMENT ON VIEW elt.request_log IS 'every HTTP request of the last days, with secrets as ***: time, slice, response, duration of each phase';

CREATE VIEW elt.cursors AS
SELECT p.name AS pipeline, c.params, c.position, c.window_end, c.moved_at, c.run_id
FROM elt_catalog.cursor c JOIN elt_catalog.pipeline p ON p.id = c.pipeline_id
ORDER BY p.name, c.params;
COMMENT ON VIEW elt.cursors IS 'how far each combination of params of a pipeline has been loaded';

CREATE VIEW elt.quotas AS
SELECT q.server, q.period_start, q.spent, q.saved_at
FROM elt_catalog.quota q
ORDER BY q.server;
COMMENT ON VIEW elt.quotas IS 'number of requests spent of each server''s quota, as of the last batch';

CREATE VIEW elt.rejects AS
SELECT j.id AS reject_id, p.name AS pipeline, j.run_id, j.stage, j.reason, j.checks,
	j.column_name, j.message, j.raw, j.params, j.window_start, j.window_end, j.record,
	j.byte_offset, j.sqlstate, j.rejected_at, j.status
FROM elt_catalog.reject j JOIN elt_catalog.pipeline p ON p.id = j.pipeline_id
ORDER BY j.id;
COMMENT ON VIEW elt.rejects IS 'quarantine: every refused row with its raw text, the reason, the run and the time';

CREATE VIEW elt.drift AS
SELECT p.name AS pipeline, d.field, d.kind, d.first_seen, d.last_seen, d.ended_at, d.records, d.sample
FROM elt_catalog.drift d JOIN elt_catalog.pipeline p ON p.id = d.pipeline_id
ORDER BY p.name, d.first_seen, d.field;
COMMENT ON VIEW elt.drift IS 'declared fields that the source stopped delivering, each with a record without it';
-- Sources: HTTP APIs as foreign tables.

CREATE FUNCTION elt_catalog.elt_http_handler()
RETURNS fdw_handler
LANGUAGE C STRICT
AS 'MODULE_PATHNAME', 'elt_live_handler';
COMMENT ON FUNCTION elt_catalog.elt_http_handler IS 'how PostgreSQL plans and runs a SELECT from a foreign table of elt_http';

CREATE FUNCTION elt_catalog.elt_http_validator(options text[], catalog oid)
RETURNS void
LANGUAGE C
AS 'MODULE_PATHNAME', 'elt_http_validator';
COMMENT ON FUNCTION elt_catalog.elt_http_validator IS 'checks the options of servers, foreign tables and columns of elt_http';

CREATE FOREIGN DATA WRAPPER elt_http HANDLER elt_catalog.elt_http_handler VALIDATOR elt_catalog.elt_http_validator;
COMMENT ON FOREIGN DATA WRAPPER elt_http IS 'HTTP APIs: a server says where, a foreign table says what comes back and how it becomes columns';
GRANT USAGE ON FOREIGN DATA WRAPPER elt_http TO elt_admin;
-- Sources: files of the server as foreign tables.

CREATE FUNCTION elt_catalog.elt_file_handler()
RETURNS fdw_handler
LANGUAGE C STRICT
AS 'MODULE_PATHNAME', 'elt_live_handler';
COMMENT ON FUNCTION elt_catalog.elt_file_handler IS 'how PostgreSQL plans and runs a SELECT from a foreign table of elt_file';

CREATE FUNCTION elt_catalog.elt_file_validator(options text[], catalog oid)
RETURNS void
LANGUAGE C
AS 'MODULE_PATHNAME', 'elt_file_validator';
COMMENT ON FUNCTION elt_catalog.elt_file_validator IS 'checks the options of servers, foreign tables and columns of elt_file';

CREATE FOREIGN DATA WRAPPER elt_file HANDLER elt_catalog.elt_file_handler VALIDATOR elt_catalog.elt_file_validator;
COMMENT ON FOREIGN DATA WRAPPER elt_file IS 'files of the server: a server names a directory, a foreign table says which of its files, and how they become columns';
GRANT USAGE ON FOREIGN DATA WRAPPER elt_file TO elt_admin;
-- Checks: rules over staged rows.

CREATE FUNCTION elt.add_check(name text, check_name text, expression text, action text DEFAULT 'quarantine')
RETURNS text
LANGUAGE C VOLATILE
AS 'MODULE_PATHNAME', 'elt_add_check';
COMMENT ON FUNCTION elt.add_check IS 'add a condition that staged rows must meet; a row that breaks it is counted (warn), put into quarantine, dropped, or fails its batch; returns the check''s name';

CREATE FUNCTION elt.drop_check(name text, check_name text)
RETURNS boolean
LANGUAGE C VOLATILE
AS 'MODULE_PATHNAME', 'elt_drop_check';
COMMENT ON FUNCTION elt.drop_check IS 'remove a check; returns whether there was one';

CREATE FUNCTION elt.validate(name text)
RETURNS TABLE (check_name text, action text, rows_checked bigint, rows_failed bigint, passed boolean)
LANGUAGE C VOLATILE
AS 'MODULE_PATHNAME', 'elt_validate';
COMMENT ON FUNCTION elt.validate IS 'evaluate every check on the staged batch and show the verdicts; writes nothing';

CREATE VIEW elt.checks AS
SELECT p.name AS pipeline, k.name, k.expression, k.action, k.native, k.created_at
FROM elt_catalog.check_rule k JOIN elt_catalog.pipeline p ON p.id = k.pipeline_id
ORDER BY p.name, k.id;
COMMENT ON VIEW elt.checks IS 'every check of every pipeline; native ones are evaluated while rows are loaded';

CREATE VIEW elt.check_results AS
SELECT c.run_id, p.name AS pipeline, c.batch, c.check_name, c.action, c.rows_checked,
	c.rows_failed, c.passed
FROM elt_catalog.check_result c
JOIN elt_catalog.run r ON r.id = c.run_id
JOIN elt_catalog.pipeline p ON p.id = r.pipeline_id
ORDER BY c.run_id, c.batch, c.check_name;
COMMENT ON VIEW elt.check_results IS 'the result of every check for every batch that has landed';
-- Partitions by time: their policy, made ahead, removed by retention.

CREATE FUNCTION elt.set_policy(
	relation regclass,
	partition_column name DEFAULT NULL,
	partition_interval interval DEFAULT NULL,
	time_zone text DEFAULT NULL,
	premake int DEFAULT NULL,
	retain interval DEFAULT NULL,
	retain_action text DEFAULT NULL)
RETURNS void
LANGUAGE C VOLATILE
AS 'MODULE_PATHNAME', 'elt_set_policy';
COMMENT ON FUNCTION elt.set_policy IS 'set the partition interval, premake and retention of a table partitioned by time; what is null stays as it was';

CREATE FUNCTION elt.drop_policy(relation regclass)
RETURNS boolean
LANGUAGE C VOLATILE
AS 'MODULE_PATHNAME', 'elt_drop_policy';
COMMENT ON FUNCTION elt.drop_policy IS 'stop rotating and expiring a table; its partitions stay; returns whether it had a policy';

CREATE FUNCTION elt.rotate_partitions(relation regclass DEFAULT NULL)
RETURNS TABLE (relation regclass, partition text, lower_bound timestamptz, upper_bound timestamptz)
LANGUAGE C VOLATILE
AS 'MODULE_PATHNAME', 'elt_rotate_partitions';
COMMENT ON FUNCTION elt.rotate_partitions IS 'make the partitions of the current interval and premake more, of one table or of every table with a policy; returns those made';

CREATE FUNCTION elt.apply_retention(relation regclass DEFAULT NULL, dry_run boolean DEFAULT false)
RETURNS TABLE (relation regclass, partition text, lower_bound timestamptz, upper_bound timestamptz, action text, rows bigint, reason text)
LANGUAGE C VOLATILE
AS 'MODULE_PATHNAME', 'elt_apply_retention';
COMMENT ON FUNCTION elt.apply_retention IS 'drop or detach the partitions that end by now minus retain, and purge tombstones that are older than tombstone_retention, of one table or of every table that has one of the two; dry_run only shows them; what rows of another table refer to, or an object depends on, is held, with the reason';

CREATE VIEW elt.policies AS
SELECT p.relation, p.partition_column, p.partition_interval, p.time_zone, p.premake, p.retain,
	p.retain_action, p.lock_timeout, p.set_by
FROM elt_catalog.policy p JOIN pg_catalog.pg_class c ON c.oid = p.relation
ORDER BY c.oid;
COMMENT ON VIEW elt.policies IS 'partition interval, premake and retention of every table with a policy';

CREATE VIEW elt.partitions AS
SELECT l.parent AS relation, l.name AS partition, l.lower_bound, l.upper_bound, l.state,
	CASE WHEN l.state = 'attached' THEN pg_catalog.pg_total_relation_size(
		pg_catalog.to_regclass(pg_catalog.format('%I.%I', c.relnamespace::pg_catalog.regnamespace::text, l.name))) END AS bytes,
	l.changed_at
FROM elt_catalog.partition l JOIN pg_catalog.pg_class c ON c.oid = l.parent
ORDER BY c.oid, l.lower_bound;
COMMENT ON VIEW elt.partitions IS 'every partition that pg_elt created, and its state';

CREATE VIEW elt.maintenance_errors AS
SELECT e.relation, e.step, e.first_at, e.last_at, e.times, e.sqlstate, e.message, e.hint
FROM elt_catalog.maintenance_error e
ORDER BY e.first_at;
COMMENT ON VIEW elt.maintenance_errors IS 'steps of the maintenance that failed, since when, and why; a row is removed when its step succeeds';
-- How staged rows reach their target.

CREATE FUNCTION elt.merge_sql(name text)
RETURNS text
LANGUAGE C VOLATILE
AS 'MODULE_PATHNAME', 'elt_merge_sql';
COMMENT ON FUNCTION elt.merge_sql IS 'the statements that elt.merge would run for the staged batch, to read and to EXPLAIN';

CREATE FUNCTION elt.preview_merge(name text, samples int DEFAULT 5)
RETURNS TABLE (class text, rows bigint, key jsonb, stored jsonb, staged jsonb)
LANGUAGE C VOLATILE
AS 'MODULE_PATHNAME', 'elt_preview_merge';
COMMENT ON FUNCTION elt.preview_merge IS 'what elt.merge would do with the staged batch: each class with its count, then some of its rows with what differs; writes nothing';

CREATE FUNCTION elt.approve_deletes(run_id bigint)
RETURNS bigint
LANGUAGE C VOLATILE
AS 'MODULE_PATHNAME', 'elt_approve_deletes';
COMMENT ON FUNCTION elt.approve_deletes IS 'carry out the deletes that a full load holds, except of rows that have come back or changed since; returns how many rows were deleted';

CREATE FUNCTION elt.discard_deletes(run_id bigint)
RETURNS bigint
LANGUAGE C VOLATILE
AS 'MODULE_PATHNAME', 'elt_discard_deletes';
COMMENT ON FUNCTION elt.discard_deletes IS 'forget the deletes that a full load holds; the rows stay; returns how many there were';

CREATE VIEW elt.pending_deletes AS
SELECT p.name AS pipeline, h.run_id, d.key, h.reason, h.held_at
FROM elt_catalog.held_load h
JOIN elt_catalog.pipeline p ON p.id = h.pipeline_id
JOIN elt_catalog.pending_delete d ON d.pipeline_id = h.pipeline_id
ORDER BY p.name, d.key;
COMMENT ON VIEW elt.pending_deletes IS 'keys of a target that are missing from a full load and whose deletion a guard holds until elt.approve_deletes(run_id)';

CREATE FUNCTION elt.apply_restatements(name text, fact regclass, sk_column text, time_column text)
RETURNS bigint
LANGUAGE C VOLATILE
AS 'MODULE_PATHNAME', 'elt_apply_restatements';
COMMENT ON FUNCTION elt.apply_restatements IS 'move facts to the versions of an scd2 dimension that history says now, batch by batch since the last call; returns how many changes of a row were made';
-- Processes: the queue, waiting, progress.

CREATE FUNCTION elt.enqueue(name text, window_from timestamptz DEFAULT NULL, window_to timestamptz DEFAULT NULL)
RETURNS bigint
LANGUAGE C VOLATILE
AS 'MODULE_PATHNAME', 'elt_enqueue';
COMMENT ON FUNCTION elt.enqueue IS 'queue a run of a pipeline for a background worker, which starts when this transaction commits; returns the run''s id, or that of the run which already waits; null when the pipeline is paused';

CREATE FUNCTION elt.backfill(name text, "from" timestamptz, "to" timestamptz)
RETURNS bigint
LANGUAGE C VOLATILE
AS 'MODULE_PATHNAME', 'elt_backfill';
COMMENT ON FUNCTION elt.backfill IS 'queue a run that requests every window of a time span again, after the runs that are due; returns the run''s id';

CREATE FUNCTION elt.cancel(run_id bigint)
RETURNS boolean
LANGUAGE C VOLATILE
AS 'MODULE_PATHNAME', 'elt_cancel';
COMMENT ON FUNCTION elt.cancel IS 'take a run out of the queue, or end it while it runs: the slices that are complete land, a second call ends it at once; false when it has ended already';

CREATE PROCEDURE elt.wait(run_id bigint, timeout interval DEFAULT NULL)
LANGUAGE C
AS 'MODULE_PATHNAME', 'elt_wait';
COMMENT ON PROCEDURE elt.wait IS 'wait until a run has landed; raises its error when it failed; commits as it goes: CALL elt.wait(elt.enqueue(''p''))';

CREATE FUNCTION elt_catalog.progress(
	OUT run_id bigint,
	OUT pipeline text,
	OUT kind text,
	OUT phase text,
	OUT pid int,
	OUT slices_done bigint,
	OUT slices_total bigint,
	OUT rows bigint,
	OUT bytes bigint,
	OUT requests bigint,
	OUT started_at timestamptz)
RETURNS SETOF record
LANGUAGE C VOLATILE
AS 'MODULE_PATHNAME', 'elt_progress';
COMMENT ON FUNCTION elt_catalog.progress IS 'counters of the runs and the maintenance of this database that are executing';
GRANT EXECUTE ON FUNCTION elt_catalog.progress TO elt_admin, elt_operator, elt_reader;

CREATE VIEW elt.progress AS
SELECT g.run_id, g.pipeline, g.kind, g.phase, g.pid, g.slices_done, g.slices_total,
	round(100.0 * g.slices_done / g.slices_total, 1) AS percent,
	g.rows, g.bytes, g.requests, g.started_at,
	clock_timestamp() - g.started_at AS running_for,
	CASE WHEN g.slices_done > 0
		THEN (clock_timestamp() - g.started_at)
			* ((g.slices_total - g.slices_done)::float8 / g.slices_done)
	END AS time_left,
	nullif(pg_blocking_pids(g.pid), '{}') AS waits_for,
	w.lock AS waits_for_lock
FROM elt_catalog.progress() g
LEFT JOIN LATERAL (
	SELECT CASE
		WHEN l.locktype = 'userlock' AND l.classid = 3 THEN format('landing in %s', l.objid::regclass)
		WHEN l.relation IS NOT NULL THEN format('%s on %s', l.mode, l.relation::regclass)
		ELSE format('%s on a %s', l.mode, l.locktype)
	END AS lock
	FROM pg_locks l WHERE l.pid = g.pid AND NOT l.granted LIMIT 1) w ON true
ORDER BY g.run_id;
COMMENT ON VIEW elt.progress IS 'the runs that are executing now, and the maintenance, which is of no run; time_left assumes that the remaining slices take as long as those done; waits_for are the processes whose locks it waits for, waits_for_lock which one';

CREATE VIEW elt.queue AS
SELECT r.id AS run_id, p.name AS pipeline, r.kind, r.origin, r.attempt, r.retry_of,
	r.enqueued_at, r.not_before, r.window_from, r.window_to,
	CASE
		WHEN p.paused THEN 'the pipeline is paused'
		WHEN r.not_before > clock_timestamp() AND r.postponed_at <= clock_timestamp() THEN 'its time'
		WHEN o.id IS NOT NULL THEN format('run %s of the same pipeline', o.id)
		ELSE 'a worker'
	END AS waits_for
FROM elt_catalog.run r
JOIN elt_catalog.pipeline p ON p.id = r.pipeline_id
LEFT JOIN LATERAL (SELECT n.id FROM elt_catalog.run n
	WHERE n.pipeline_id = r.pipeline_id AND n.state = 'running' ORDER BY n.id LIMIT 1) o ON true
WHERE r.state = 'queued'
ORDER BY r.kind = 'backfill', coalesce(r.not_before, r.enqueued_at), r.id;
COMMENT ON VIEW elt.queue IS 'queued runs in the order in which they start, and what each waits for';

CREATE PROCEDURE elt_catalog.execute_run(run_id bigint)
LANGUAGE C
AS 'MODULE_PATHNAME', 'elt_execute_run';
COMMENT ON PROCEDURE elt_catalog.execute_run IS 'what a background worker calls: execute one queued run';

CREATE PROCEDURE elt_catalog.maintain()
LANGUAGE C
AS 'MODULE_PATHNAME', 'elt_maintain';
COMMENT ON PROCEDURE elt_catalog.maintain IS 'what the maintenance job calls: make partitions ahead of time, apply retention, forget tombstones and old requests; commits as it goes';

CREATE FUNCTION elt_catalog.wake()
RETURNS void
LANGUAGE C VOLATILE
AS 'MODULE_PATHNAME', 'elt_wake';
COMMENT ON FUNCTION elt_catalog.wake IS 'at commit, let the launcher look for the extension in this database';

SELECT elt_catalog.wake();
-- What pg_dump carries over: definitions, state and history with their sequences. The staged
-- batch is not carried: it is made again by the next pull.
DO $dump$
DECLARE
	relation regclass;
BEGIN
	-- One statement each: they all update the same row of pg_extension.
	FOREACH relation IN ARRAY '{elt_catalog.pipeline, elt_catalog.run, elt_catalog.step,
		elt_catalog.slice, elt_catalog.cursor, elt_catalog.check_rule, elt_catalog.check_result,
		elt_catalog.reject, elt_catalog.policy, elt_catalog.partition,
		elt_catalog.restated_fact, elt_catalog.complete_load, elt_catalog.held_load,
		elt_catalog.pending_delete, elt_catalog.quota, elt_catalog.delivered_field,
		elt_catalog.drift,
		elt_catalog.pipeline_id_seq, elt_catalog.run_id_seq, elt_catalog.check_rule_id_seq,
		elt_catalog.reject_id_seq}'::regclass[]
	LOOP
		PERFORM pg_catalog.pg_extension_config_dump(relation, '');
	END LOOP;
END
$dump$;

-- Nothing is granted to PUBLIC: not even the EXECUTE that new functions have.
REVOKE ALL ON ALL ROUTINES IN SCHEMA elt, elt_catalog FROM PUBLIC;

-- Readers look, operators also run, administrators also define.
GRANT USAGE ON SCHEMA elt TO elt_admin, elt_operator, elt_reader;
GRANT SELECT ON ALL TABLES IN SCHEMA elt TO elt_admin, elt_operator, elt_reader;
GRANT EXECUTE ON ROUTINE elt.run, elt.pull, elt.wait, elt.enqueue, elt.backfill, elt.cancel,
	elt.pause, elt.resume, elt.preview, elt.validate, elt.merge, elt.merge_sql,
	elt.preview_merge, elt.approve_deletes, elt.discard_deletes TO elt_operator;
GRANT EXECUTE ON ALL ROUTINES IN SCHEMA elt TO elt_admin;
GRANT USAGE ON FOREIGN DATA WRAPPER elt_http TO elt_admin;
