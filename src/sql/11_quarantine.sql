-- Quarantine: rejects that are staged, kept, replayed, or only counted.

CREATE UNLOGGED TABLE elt_catalog.staged_reject (
	n bigint GENERATED ALWAYS AS IDENTITY,
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
	raw text,
	parent_record bigint,
	parent_key jsonb,
	form text NOT NULL,
	whole boolean NOT NULL,
	ancestors text,
	list text,
	header text,
	line bigint,
	arrival bigint
);
COMMENT ON TABLE elt_catalog.staged_reject IS 'records of a staged batch that could not be converted to rows';
COMMENT ON COLUMN elt_catalog.staged_reject.n IS 'its place among those of the batch';
COMMENT ON COLUMN elt_catalog.staged_reject.parent_record IS '_record of the parent row that a record of a child belongs to';
CREATE INDEX staged_reject_pipeline ON elt_catalog.staged_reject (pipeline_id);

CREATE UNLOGGED TABLE elt_catalog.staged_replay (
	pipeline_id int NOT NULL,
	n bigint NOT NULL,
	reject_id bigint NOT NULL,
	superseded boolean NOT NULL,
	again bigint,
	PRIMARY KEY (pipeline_id, n)
);
COMMENT ON TABLE elt_catalog.staged_replay IS 'rejects of a replay in their order';
COMMENT ON COLUMN elt_catalog.staged_replay.n IS '_record of their staged rows';
COMMENT ON COLUMN elt_catalog.staged_replay.superseded IS 'newer rows have the keys of all its rows';
COMMENT ON COLUMN elt_catalog.staged_replay.again IS 'reject that it became; null: it did not fail';

-- There may be a million at once: elt.drop_pipeline deletes them instead of a foreign key, and of
-- runs, which come in order, an index of ranges will do.
CREATE TABLE elt_catalog.reject (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	pipeline_id int NOT NULL,
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
	state text NOT NULL DEFAULT 'new'
		CHECK (state IN ('new', 'fixed', 'replayed', 'discarded', 'superseded')),
	attempts int NOT NULL DEFAULT 0,
	resolved_run_id bigint,
	resolved_at timestamptz,
	form text NOT NULL DEFAULT 'row' CHECK (form IN ('row', 'record', 'page', 'columns', 'decoded')),
	whole boolean NOT NULL DEFAULT true,
	ancestors text,
	list text,
	header text,
	line bigint,
	arrival bigint,
	loaded_at timestamptz,
	replay_of bigint,
	patch jsonb,
	fixed_by regrole,
	fixed_at timestamptz,
	resolved_by regrole,
	resolution text,
	parent_key jsonb
);
COMMENT ON TABLE elt_catalog.reject IS 'quarantine: rejected rows with their raw text and the reason';
COMMENT ON COLUMN elt_catalog.reject.form IS 'what raw is: the typed row as JSON, the record of a JSON page, a page of its own (a line), values of the page as JSON by column, or the typed row with the texts that expressions take';
COMMENT ON COLUMN elt_catalog.reject.whole IS 'raw is all of it, unaltered, so that it can be decoded again';
COMMENT ON COLUMN elt_catalog.reject.ancestors IS 'JSON object: values by column that stand outside of the record';
COMMENT ON COLUMN elt_catalog.reject.list IS 'path of the list in which the record stands, of several';
COMMENT ON COLUMN elt_catalog.reject.header IS 'CSV header above the record';
COMMENT ON COLUMN elt_catalog.reject.arrival IS 'number of the record in the order of arrival';
COMMENT ON COLUMN elt_catalog.reject.loaded_at IS '_loaded_at that its row would have had';
COMMENT ON COLUMN elt_catalog.reject.replay_of IS 'reject of whose replay this row is';
COMMENT ON COLUMN elt_catalog.reject.patch IS 'what elt.fix_reject changes: values by column, or a string in place of raw';
COMMENT ON COLUMN elt_catalog.reject.parent_key IS 'key of the parent row of a rejected row of a child; null: it is no child''s, or its parent has no known key';
CREATE INDEX reject_open ON elt_catalog.reject (pipeline_id, id) WHERE state IN ('new', 'fixed');
CREATE INDEX reject_run ON elt_catalog.reject USING brin (run_id) WITH (autosummarize = on);

-- The rows of a million rejects are not written again for what became of them all.
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
COMMENT ON TABLE elt_catalog.reject_settled IS 'stretches that a replay has settled: all rejects of the pipeline within, but for those whose own state is settled; no two overlap';

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
COMMENT ON TABLE elt_catalog.reject_overflow IS 'numbers of rejects of which nothing is kept, by slice and reason';
COMMENT ON COLUMN elt_catalog.reject_overflow.expired IS 'they were open when reject_retention ended; false: they were more than max_rejects_kept';
COMMENT ON COLUMN elt_catalog.reject_overflow.open IS 'their slice has not landed since';
CREATE INDEX reject_overflow_run ON elt_catalog.reject_overflow (run_id);
CREATE INDEX reject_overflow_open ON elt_catalog.reject_overflow (pipeline_id) WHERE open;
