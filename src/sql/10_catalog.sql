-- Definitions, state and history. Only src/catalog reads these tables. A change here, except of a
-- comment, also goes into upgrade/from_0.9.sql, for the tables of an existing installation.

CREATE TABLE elt_catalog.home (
	id uuid NOT NULL DEFAULT pg_catalog.gen_random_uuid(),
	database oid NOT NULL,
	restored_at timestamptz,
	paused_at timestamptz
);
COMMENT ON TABLE elt_catalog.home IS 'identity of this database; not dumped, so a restored database gets another one';
COMMENT ON COLUMN elt_catalog.home.database IS 'OID of the database; if it differs, this is a copy of that database';
COMMENT ON COLUMN elt_catalog.home.paused_at IS 'since when all pipelines are paused; null: they are not';
COMMENT ON COLUMN elt_catalog.home.restored_at IS 'when pipelines were restored or copied; null after one is resumed';
INSERT INTO elt_catalog.home (database)
SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database();

CREATE FUNCTION elt_catalog.home()
RETURNS uuid
LANGUAGE sql STABLE
AS 'SELECT id FROM elt_catalog.home';
COMMENT ON FUNCTION elt_catalog.home IS 'identity of this database';

CREATE TABLE elt_catalog.pool (
	name text PRIMARY KEY CHECK (name <> ''),
	max_runs int NOT NULL CHECK (max_runs > 0)
);
COMMENT ON TABLE elt_catalog.pool IS 'limits of runs at the same time, for pipelines that share something';

CREATE TABLE elt_catalog.pipeline (
	id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	name text NOT NULL UNIQUE CHECK (name ~ '^[a-z_][a-z0-9_]{0,47}$'),
	owner regrole NOT NULL,
	source regclass NOT NULL,
	target regclass NOT NULL,
	key text[] NOT NULL DEFAULT '{}',
	strategy text NOT NULL DEFAULT 'upsert'
		CHECK (strategy IN ('append', 'upsert', 'scd2', 'replace', 'replace_window')),
	load text NOT NULL DEFAULT 'incremental' CHECK (load IN ('incremental', 'full')),
	full_every interval,
	full_load_at timestamptz,
	params jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(params) = 'object'),
	params_query text,
	start_at timestamptz,
	lookback interval NOT NULL DEFAULT '0',
	publication_delay interval NOT NULL DEFAULT '0',
	not_yet_limit interval,
	cursor_column text,
	window_interval interval,
	window_column text,
	source_time_zone text NOT NULL DEFAULT 'UTC',
	key_ranges int CHECK (key_ranges BETWEEN 2 AND 1000),
	changes_of text[] NOT NULL DEFAULT '{}',
	key_map text,
	fail_after int CHECK (fail_after > 0),
	sequence_by text[] NOT NULL DEFAULT '{}',
	delete_when text,
	tombstone_retention interval,
	update_columns text[] NOT NULL DEFAULT '{}',
	insert_only_columns text[] NOT NULL DEFAULT '{}',
	replace_by text[] NOT NULL DEFAULT '{}',
	history_by text NOT NULL DEFAULT 'event' CHECK (history_by IN ('event', 'load')),
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
	change_log interval,
	max_future interval NOT NULL DEFAULT '1 day',
	max_new_partitions int NOT NULL DEFAULT 50 CHECK (max_new_partitions > 0),
	batch_rows bigint NOT NULL DEFAULT 200000 CHECK (batch_rows > 0),
	batch_bytes bigint NOT NULL DEFAULT 268435456 CHECK (batch_bytes > 0),
	batch_seconds int NOT NULL DEFAULT 60 CHECK (batch_seconds > 0),
	max_reject_percent double precision NOT NULL DEFAULT 50
		CHECK (max_reject_percent BETWEEN 0 AND 100),
	reject_raw_bytes int NOT NULL DEFAULT 1048576 CHECK (reject_raw_bytes BETWEEN 1024 AND 67108864),
	max_rejects_kept bigint NOT NULL DEFAULT 100000 CHECK (max_rejects_kept > 0),
	reject_retention interval NOT NULL DEFAULT '90 days',
	on_missing_field text NOT NULL DEFAULT 'warn'
		CHECK (on_missing_field IN ('warn', 'hold', 'ignore')),
	on_new_field text NOT NULL DEFAULT 'record' CHECK (on_new_field IN ('ignore', 'record', 'add', 'hold')),
	on_type_change text NOT NULL DEFAULT 'propose' CHECK (on_type_change IN ('reject', 'propose')),
	max_new_columns int NOT NULL DEFAULT 20 CHECK (max_new_columns > 0),
	max_attempts int NOT NULL DEFAULT 5 CHECK (max_attempts > 0),
	schedule text,
	paused boolean NOT NULL DEFAULT false,
	definition_version int NOT NULL DEFAULT 1,
	home uuid NOT NULL DEFAULT elt_catalog.home(),
	created_at timestamptz NOT NULL DEFAULT now(),
	changed_at timestamptz NOT NULL DEFAULT now(),
	parent_id int REFERENCES elt_catalog.pipeline,
	root_id int REFERENCES elt_catalog.pipeline,
	parent_key text[] NOT NULL DEFAULT '{}',
	schedule_time_zone text NOT NULL DEFAULT 'UTC',
	catch_up text NOT NULL DEFAULT 'last' CHECK (catch_up IN ('none', 'last', 'all')),
	max_delay interval NOT NULL DEFAULT '10 seconds',
	priority int NOT NULL DEFAULT 0,
	pool text REFERENCES elt_catalog.pool,
	after text[] NOT NULL DEFAULT '{}',
	after_rule text NOT NULL DEFAULT 'all' CHECK (after_rule IN ('all', 'any', 'always')),
	run_when text,
	before_landing text,
	on_landed text,
	tags text[] NOT NULL DEFAULT '{}',
	retry_period interval NOT NULL DEFAULT '30 seconds',
	suspend_after int NOT NULL DEFAULT 10,
	max_runtime interval,
	max_staleness interval,
	CONSTRAINT child_has_root CHECK ((parent_id IS NULL) = (root_id IS NULL))
);
CREATE INDEX pipeline_parent ON elt_catalog.pipeline (parent_id) WHERE parent_id IS NOT NULL;
COMMENT ON TABLE elt_catalog.pipeline IS 'definitions of pipelines';
COMMENT ON COLUMN elt_catalog.pipeline.full_load_at IS 'when the last full load of full_every began; null: there was none';
COMMENT ON COLUMN elt_catalog.pipeline.owner IS 'role whose privileges apply to source, staging table, checks and target';
COMMENT ON COLUMN elt_catalog.pipeline.params IS 'values to request for each param; all combinations are requested';
COMMENT ON COLUMN elt_catalog.pipeline.lookback IS 'how far behind the cursor each read starts, for revised values';
COMMENT ON COLUMN elt_catalog.pipeline.publication_delay IS 'the cursor does not move past now() minus this';
COMMENT ON COLUMN elt_catalog.pipeline.not_yet_limit IS 'a slice that is not published after this time fails; null: never';
COMMENT ON COLUMN elt_catalog.pipeline.parent_id IS 'pipeline whose responses also contain the rows of this one, which is a child; null: it is none';
COMMENT ON COLUMN elt_catalog.pipeline.root_id IS 'the parent that is not a child itself, which runs for all of its descendants';
COMMENT ON COLUMN elt_catalog.pipeline.parent_key IS 'columns of a child that hold the key of its parent, in the order of that key';
COMMENT ON COLUMN elt_catalog.pipeline.home IS 'database in which it was created or restored';
COMMENT ON COLUMN elt_catalog.pipeline.definition_version IS 'changes with the definition; state recorded under another version is ignored';

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
			USING HINT = 'Where they shall run, call elt.resume.';
	END IF;
	RETURN NEW;
END
$pause$;
COMMENT ON FUNCTION elt_catalog.pause_restored IS 'pause pipelines that are restored from a dump';

CREATE TRIGGER pause_restored BEFORE INSERT ON elt_catalog.pipeline FOR EACH ROW
	WHEN (NEW.home <> elt_catalog.home()) EXECUTE FUNCTION elt_catalog.pause_restored();
COMMENT ON TRIGGER pause_restored ON elt_catalog.pipeline IS 'pause pipelines that are restored from a dump';

CREATE TABLE elt_catalog.run (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	pipeline_id int NOT NULL REFERENCES elt_catalog.pipeline ON DELETE CASCADE,
	kind text NOT NULL DEFAULT 'incremental'
		CHECK (kind IN ('incremental', 'full', 'window', 'backfill', 'pull', 'merge', 'replay')),
	state text NOT NULL DEFAULT 'queued'
		CHECK (state IN ('queued', 'running', 'succeeded', 'partial', 'failed', 'cancelled', 'abandoned', 'skipped')),
	origin text NOT NULL DEFAULT 'call' CHECK (origin IN ('call', 'queue', 'schedule', 'after', 'change', 'retry')),
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
	rows_refused bigint NOT NULL DEFAULT 0,
	pending_deletes bigint NOT NULL DEFAULT 0,
	rows_removed bigint NOT NULL DEFAULT 0,
	partitions text[] NOT NULL DEFAULT '{}',
	sqlstate text,
	error text,
	detail text,
	hint text,
	slot timestamptz,
	CONSTRAINT rows_add_up CHECK (rows_read = rows_inserted + rows_updated + rows_unchanged
		+ rows_deleted + rows_stale + rows_duplicate + rows_quarantined + rows_dropped
		+ rows_refused)
);
COMMENT ON TABLE elt_catalog.run IS 'runs of pipelines; the row counts of each must add up';
COMMENT ON COLUMN elt_catalog.run.slot IS 'last slot of the schedule that it stands for; null: none';
COMMENT ON COLUMN elt_catalog.run.not_before IS 'earliest start of a delayed attempt; null: at once';
COMMENT ON COLUMN elt_catalog.run.postponed_at IS 'when not_before was set; if in the future, the clock was set back and not_before is ignored';
COMMENT ON COLUMN elt_catalog.run.rows_conflicting IS 'those of rows_duplicate that differ from the row of their key that landed';
COMMENT ON COLUMN elt_catalog.run.rows_refused IS 'rows of a batch that was rejected as a whole: staged, not merged';
COMMENT ON COLUMN elt_catalog.run.pending_deletes IS 'rows of the target that are missing from the load and whose deletion awaits approval; not part of rows_read';
COMMENT ON COLUMN elt_catalog.run.rows_removed IS 'rows of the target that were deleted because they are missing from the load; not part of rows_read';
CREATE INDEX run_pipeline ON elt_catalog.run (pipeline_id, id);
CREATE INDEX run_open ON elt_catalog.run (not_before) WHERE state IN ('queued', 'running');
CREATE UNIQUE INDEX run_one_waiting ON elt_catalog.run (pipeline_id)
	WHERE state = 'queued' AND kind <> 'backfill';

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
COMMENT ON TABLE elt_catalog.run_target IS 'row counts of the children in each run; those of the pipeline itself are in elt_catalog.run';
CREATE INDEX run_target_pipeline ON elt_catalog.run_target (pipeline_id);

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
COMMENT ON TABLE elt_catalog.step IS 'steps of each run, by batch, with their counts and times';

CREATE TABLE elt_catalog.slice (
	pipeline_id int NOT NULL REFERENCES elt_catalog.pipeline ON DELETE CASCADE,
	params jsonb NOT NULL DEFAULT '{}',
	window_start timestamptz NOT NULL DEFAULT '-infinity',
	window_end timestamptz NOT NULL DEFAULT 'infinity',
	state text NOT NULL CHECK (state IN ('landed', 'empty', 'not_yet', 'failed')),
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
COMMENT ON TABLE elt_catalog.slice IS 'slices: each is a combination of params and a window, and is fetched, retried and resumed as a unit';
COMMENT ON COLUMN elt_catalog.slice.complete IS 'the window and the publication delay were over when it was requested; without windows: everything was received';
COMMENT ON COLUMN elt_catalog.slice.unproven IS 'why the list received may be incomplete; null: it is complete';
COMMENT ON COLUMN elt_catalog.slice.failures IS 'number of failures since it last landed, except temporary ones';
COMMENT ON COLUMN elt_catalog.slice.next_try_at IS 'scheduled runs skip it until then; null: it is requested when due';
COMMENT ON COLUMN elt_catalog.slice.gone IS 'its params are no longer requested';
COMMENT ON COLUMN elt_catalog.slice.unchanged_at IS 'when the response was last found unchanged since it landed; null: never';
COMMENT ON COLUMN elt_catalog.slice.answer_key IS 'key of the definition and target under which the response landed; while it is the same, an unchanged response need not land again';

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
	http_status int,
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
COMMENT ON TABLE elt_catalog.request_log IS 'log of HTTP requests; survives a crash, is not dumped, and expires after elt.request_log_retention';
COMMENT ON COLUMN elt_catalog.request_log.params IS 'params of the slice; null: the request was for an access token';
COMMENT ON COLUMN elt_catalog.request_log.url IS 'URL with secrets as ***';
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
COMMENT ON TABLE elt_catalog.cursor IS 'how far each combination of params has been loaded';

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
COMMENT ON TABLE elt_catalog.file IS 'ledger: what is known of each file of a pipeline''s source';
COMMENT ON COLUMN elt_catalog.file.bucket IS 'part of the ledger that is read at once';
COMMENT ON COLUMN elt_catalog.file.size IS 'size when the folder was last listed; null: it was not there';
COMMENT ON COLUMN elt_catalog.file.seen_at IS 'since when listings have shown this size and time';
COMMENT ON COLUMN elt_catalog.file.outcome IS 'what became of the version that was read last; null: none was read, or it is to be loaded again';
COMMENT ON COLUMN elt_catalog.file.read_size IS 'size of the version that was read last';
COMMENT ON COLUMN elt_catalog.file.checksum IS 'hash of the version that was read last';
COMMENT ON COLUMN elt_catalog.file.definition IS 'hash of the definition under which it was read; a rejected file is read again under another one';
COMMENT ON COLUMN elt_catalog.file.landed_at IS 'when a version of it landed last; null: none has, or it is to be loaded again';

-- What the ledger says of many files at once; a restore leaves it out.
CREATE TABLE elt_catalog.file_digest (
	pipeline_id int NOT NULL REFERENCES elt_catalog.pipeline ON DELETE CASCADE,
	bucket int NOT NULL,
	digest bigint NOT NULL,
	PRIMARY KEY (pipeline_id, bucket)
);
COMMENT ON TABLE elt_catalog.file_digest IS 'digests of the files that are known and unchanged, by bucket; without one the ledger is read';

CREATE TABLE elt_catalog.quota (
	server name PRIMARY KEY,
	period_start timestamptz NOT NULL,
	spent bigint NOT NULL CHECK (spent >= 0),
	saved_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE elt_catalog.quota IS 'requests spent in the current period of each server''s quota; a restart loses those since saved_at';

-- The staged batch: unlogged together with the staging tables, so that a crash empties both.
CREATE UNLOGGED TABLE elt_catalog.staged_batch (
	pipeline_id int PRIMARY KEY,
	run_id bigint NOT NULL,
	batch int NOT NULL,
	definition_version int NOT NULL,
	definition text,
	complete boolean NOT NULL DEFAULT false,
	planned bigint,
	started_at timestamptz,
	records bigint NOT NULL DEFAULT 0,
	present_fields text[] NOT NULL DEFAULT '{}',
	missing_fields text[] NOT NULL DEFAULT '{}',
	sample text,
	new_fields jsonb
);
COMMENT ON TABLE elt_catalog.staged_batch IS 'staged batches, one per pipeline';
COMMENT ON COLUMN elt_catalog.staged_batch.missing_fields IS 'declared paths that no record of the batch has';
COMMENT ON COLUMN elt_catalog.staged_batch.new_fields IS 'fields that no column reads, each with the number of records that have it, and some of these records';
COMMENT ON COLUMN elt_catalog.staged_batch.sample IS 'text of one of its records';
COMMENT ON COLUMN elt_catalog.staged_batch.planned IS 'number of slices that a full load requests';
COMMENT ON COLUMN elt_catalog.staged_batch.started_at IS 'when the run that staged it began, before its first request';

CREATE UNLOGGED TABLE elt_catalog.staged_slice (
	pipeline_id int NOT NULL,
	params jsonb NOT NULL DEFAULT '{}',
	window_start timestamptz NOT NULL,
	window_end timestamptz NOT NULL,
	state text NOT NULL,
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
	position text,
	refused boolean NOT NULL DEFAULT false,
	sqlstate text,
	error text,
	file_size bigint,
	file_modified timestamptz,
	file_checksum text,
	file_state text,
	file_rejects bigint,
	file_error_line bigint,
	PRIMARY KEY (pipeline_id, params, window_start)
);
COMMENT ON COLUMN elt_catalog.staged_slice.file_state IS 'of a file that failed: its state in the ledger; null: rejected';
COMMENT ON COLUMN elt_catalog.staged_slice.file_rejects IS 'of a file that is rejected for its rejects: how many they were';
COMMENT ON COLUMN elt_catalog.staged_slice.unproven IS 'why its list may be incomplete; null: it is complete';
COMMENT ON COLUMN elt_catalog.staged_slice.undecoded IS 'those of rejected that could not be decoded';
COMMENT ON COLUMN elt_catalog.staged_slice.position IS 'position after its last page, from which the source continues, as the source wrote it';
COMMENT ON COLUMN elt_catalog.staged_slice.goes_on IS 'it was requested from a cursor, so it does not contain earlier rows';
COMMENT ON TABLE elt_catalog.staged_slice IS 'state of each slice of a staged batch';
COMMENT ON COLUMN elt_catalog.staged_slice.loaded_at IS '_loaded_at of its staged rows, unique within the batch';

CREATE UNLOGGED TABLE elt_catalog.staged_check (
	pipeline_id int NOT NULL,
	rule_id int NOT NULL,
	bit int NOT NULL CHECK (bit BETWEEN 0 AND 62),
	rows_failed bigint NOT NULL,
	PRIMARY KEY (pipeline_id, rule_id)
);
COMMENT ON TABLE elt_catalog.staged_check IS 'checks evaluated while a batch was loaded: their bit in _failed, and the number of rows that violate them';

-- Full loads: what the last complete one had, and deletes that await approval.
CREATE TABLE elt_catalog.complete_load (
	pipeline_id int PRIMARY KEY REFERENCES elt_catalog.pipeline ON DELETE CASCADE,
	run_id bigint NOT NULL,
	rows bigint NOT NULL,
	landed_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE elt_catalog.complete_load IS 'number of rows of the last complete full load, with which the next is compared';

CREATE TABLE elt_catalog.pending_load (
	pipeline_id int PRIMARY KEY REFERENCES elt_catalog.pipeline ON DELETE CASCADE,
	run_id bigint NOT NULL,
	started_at timestamptz NOT NULL,
	rows bigint NOT NULL,
	reason text NOT NULL,
	pending_since timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE elt_catalog.pending_load IS 'full loads whose deletes await approval, and the guard that objected';

CREATE TABLE elt_catalog.pending_delete (
	pipeline_id int NOT NULL REFERENCES elt_catalog.pipeline ON DELETE CASCADE,
	key jsonb NOT NULL
);
COMMENT ON TABLE elt_catalog.pending_delete IS 'keys of the target whose deletion awaits approval';
CREATE INDEX pending_delete_pipeline ON elt_catalog.pending_delete (pipeline_id);

CREATE TABLE elt_catalog.restated_fact (
	pipeline_id int NOT NULL REFERENCES elt_catalog.pipeline ON DELETE CASCADE,
	fact regclass NOT NULL,
	sk_column text NOT NULL,
	batch bigint NOT NULL,
	applied_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (pipeline_id, fact, sk_column)
);
COMMENT ON TABLE elt_catalog.restated_fact IS 'last batch of a dimension''s restatements that was applied to a fact table';

-- Fields that come and go.
CREATE TABLE elt_catalog.delivered_field (
	pipeline_id int NOT NULL REFERENCES elt_catalog.pipeline ON DELETE CASCADE,
	field text NOT NULL,
	delivered_at timestamptz NOT NULL DEFAULT now(),
	declared boolean NOT NULL DEFAULT true,
	PRIMARY KEY (pipeline_id, field)
);
COMMENT ON TABLE elt_catalog.delivered_field IS 'paths that records have had, and since when';
COMMENT ON COLUMN elt_catalog.delivered_field.declared IS 'false: no column read it in the first batch in which such fields were looked for, so it is not new; the empty path says that they were';

CREATE TABLE elt_catalog.drift (
	pipeline_id int NOT NULL REFERENCES elt_catalog.pipeline ON DELETE CASCADE,
	field text NOT NULL,
	kind text NOT NULL CHECK (kind IN ('missing', 'new', 'type')),
	first_seen timestamptz NOT NULL,
	last_seen timestamptz NOT NULL,
	ended_at timestamptz,
	records bigint NOT NULL,
	sample text,
	column_name text,
	column_type text,
	column_options text,
	proposal text,
	applied_at timestamptz,
	PRIMARY KEY (pipeline_id, field, kind)
);
COMMENT ON TABLE elt_catalog.drift IS 'fields that the source stopped delivering, that are new, or whose values the type of their column refuses';
COMMENT ON COLUMN elt_catalog.drift.ended_at IS 'when it was delivered again, was declared, or was no longer declared; null: it goes on';
COMMENT ON COLUMN elt_catalog.drift.records IS 'number of these records since first_seen';
COMMENT ON COLUMN elt_catalog.drift.sample IS 'text of the first of these records';
COMMENT ON COLUMN elt_catalog.drift.column_type IS 'proposed type of the column; null: none is proposed';
COMMENT ON COLUMN elt_catalog.drift.column_options IS 'options of a new column of the foreign table';
COMMENT ON COLUMN elt_catalog.drift.applied_at IS 'when the column was added or its type was changed';
