-- How staged rows reach their target.

CREATE FUNCTION elt.merge_sql(pipeline text)
RETURNS text
LANGUAGE C VOLATILE
AS 'MODULE_PATHNAME', 'elt_merge_sql';
COMMENT ON FUNCTION elt.merge_sql IS 'return the statements that elt.merge would execute for the staged batch';

CREATE FUNCTION elt.preview_merge(
	pipeline text,
	samples int DEFAULT 5,
	OUT class text,
	OUT rows bigint,
	OUT key jsonb,
	OUT stored jsonb,
	OUT staged jsonb)
RETURNS SETOF record
LANGUAGE C VOLATILE
AS 'MODULE_PATHNAME', 'elt_preview_merge';
COMMENT ON FUNCTION elt.preview_merge IS 'show what elt.merge would do with the staged batch: the row count of each class, then samples with the columns that differ; writes nothing';

CREATE FUNCTION elt.approve_deletes(run_id bigint)
RETURNS bigint
LANGUAGE C VOLATILE
AS 'MODULE_PATHNAME', 'elt_approve_deletes';
COMMENT ON FUNCTION elt.approve_deletes IS 'carry out the pending deletes of a full load, except those that have come back or changed; returns the number of rows deleted';

CREATE FUNCTION elt.discard_deletes(run_id bigint)
RETURNS bigint
LANGUAGE C VOLATILE
AS 'MODULE_PATHNAME', 'elt_discard_deletes';
COMMENT ON FUNCTION elt.discard_deletes IS 'discard the pending deletes of a full load and keep the rows; returns their number';

CREATE VIEW elt.pending_deletes AS
SELECT p.name AS pipeline, h.run_id, d.key, h.reason, h.pending_since
FROM elt_catalog.pending_load h
JOIN elt_catalog.pipeline p ON p.id = h.pipeline_id
JOIN elt_catalog.pending_delete d ON d.pipeline_id = h.pipeline_id
ORDER BY p.name, d.key;
COMMENT ON VIEW elt.pending_deletes IS 'keys that are missing from a full load and whose deletion waits for elt.approve_deletes(run_id), because a guard objected';
COMMENT ON COLUMN elt.pending_deletes.pipeline IS 'name of the pipeline';
COMMENT ON COLUMN elt.pending_deletes.run_id IS 'the full load; argument of elt.approve_deletes';
COMMENT ON COLUMN elt.pending_deletes.key IS 'key of the row of the target';
COMMENT ON COLUMN elt.pending_deletes.reason IS 'guards that objected to the deletes, one per line';
COMMENT ON COLUMN elt.pending_deletes.pending_since IS 'when the load landed without the deletes';

CREATE FUNCTION elt.apply_restatements(pipeline text, fact regclass, sk_column text, time_column text)
RETURNS bigint
LANGUAGE C VOLATILE
AS 'MODULE_PATHNAME', 'elt_apply_restatements';
COMMENT ON FUNCTION elt.apply_restatements IS 'update the surrogate keys of facts after an scd2 history has changed, by batch since the last call; returns the number of row changes';

CREATE FUNCTION elt.follow_live_view()
RETURNS event_trigger
LANGUAGE C
AS 'MODULE_PATHNAME', 'elt_follow_live_view';
COMMENT ON FUNCTION elt.follow_live_view IS 'drop the view <target>_live before a statement that changes the type of a column of the target, and make it again after it; the event triggers of pg_elt call it';

CREATE EVENT TRIGGER elt_before_target ON ddl_command_start
	WHEN TAG IN ('ALTER TABLE')
	EXECUTE FUNCTION elt.follow_live_view();
COMMENT ON EVENT TRIGGER elt_before_target IS 'drop the view <target>_live before a column gets another type';

CREATE EVENT TRIGGER elt_after_target ON ddl_command_end
	WHEN TAG IN ('ALTER TABLE')
	EXECUTE FUNCTION elt.follow_live_view();
COMMENT ON EVENT TRIGGER elt_after_target IS 'make the view <target>_live again';
