-- Schedules and what became of them. Only src/catalog and src/ops read these tables.

CREATE TABLE elt_catalog.schedule (
	pipeline_id int PRIMARY KEY REFERENCES elt_catalog.pipeline ON DELETE CASCADE,
	kind text NOT NULL CHECK (kind IN ('cron', 'every', 'continuous', 'files', 'after')),
	next_slot timestamptz,
	decided_slot timestamptz NOT NULL,
	decided_at timestamptz NOT NULL,
	behind boolean NOT NULL DEFAULT false
) WITH (fillfactor = 50);
COMMENT ON TABLE elt_catalog.schedule IS 'how far the schedule of each pipeline is decided; not dumped, because it begins anew when a pipeline is resumed';
COMMENT ON COLUMN elt_catalog.schedule.kind IS 'cron: decided by elt.tick; after: follows others, files: whenever some have arrived, both without slots of their own; else decided by the scheduler';
COMMENT ON COLUMN elt_catalog.schedule.decided_slot IS 'slots up to this time are decided';
COMMENT ON COLUMN elt_catalog.schedule.decided_at IS 'when that was; if in the future, the clock was set back';
COMMENT ON COLUMN elt_catalog.schedule.behind IS 'a slot has come that waits for the end of a run';

CREATE TABLE elt_catalog.slot (
	pipeline_id int NOT NULL REFERENCES elt_catalog.pipeline ON DELETE CASCADE,
	slot timestamptz NOT NULL,
	first_slot timestamptz NOT NULL,
	state text NOT NULL CHECK (state IN ('queued', 'coalesced', 'missed', 'waiting', 'superseded', 'suspended')),
	run_id bigint,
	decided_at timestamptz NOT NULL DEFAULT clock_timestamp(),
	parents int[],
	PRIMARY KEY (pipeline_id, slot)
);
CREATE INDEX slot_waiting ON elt_catalog.slot (pipeline_id) WHERE state = 'waiting';
COMMENT ON TABLE elt_catalog.slot IS 'what became of the slots of schedules; not dumped';
COMMENT ON COLUMN elt_catalog.slot.parents IS 'pipelines that must have succeeded for the same slot; null: what option after says';
COMMENT ON COLUMN elt_catalog.slot.first_slot IS 'first of the slots that it stands for, itself or one that was missed';

CREATE TABLE elt_catalog.failure (
	pipeline_id int PRIMARY KEY REFERENCES elt_catalog.pipeline ON DELETE CASCADE,
	failures int NOT NULL,
	failed_at timestamptz NOT NULL,
	suspended_until timestamptz
) WITH (fillfactor = 50);
COMMENT ON TABLE elt_catalog.failure IS 'pipelines whose last runs failed, and how many in a row; not dumped';
COMMENT ON COLUMN elt_catalog.failure.suspended_until IS 'when a run is tried again; null: the pipeline is not suspended';

-- Without a key, so that a session that changes a table waits for none that does the same.
CREATE TABLE elt_catalog.change (
	pipeline_id int NOT NULL,
	changed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
	run_id bigint,
	rows bigint NOT NULL DEFAULT 0,
	at_least bigint NOT NULL DEFAULT 0
);
COMMENT ON TABLE elt_catalog.change IS 'what elt.enqueue_on_change or elt.enqueue has seen and the scheduler has not; not dumped';
COMMENT ON COLUMN elt_catalog.change.run_id IS 'run that waited for elt.enqueue, and may have started before the change was committed; null: a statement that the trigger has seen';
COMMENT ON COLUMN elt_catalog.change.rows IS 'how many it has changed; 0: not counted';
COMMENT ON COLUMN elt_catalog.change.at_least IS 'for how many a run is queued; 0: for any';
