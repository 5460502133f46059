-- How staged rows reach their target.

CREATE FUNCTION elt.merge_sql(pipeline text)
RETURNS text
LANGUAGE C VOLATILE
AS 'MODULE_PATHNAME', 'elt_merge_sql';
COMMENT ON FUNCTION elt.merge_sql IS 'the statements that elt.merge would run for the staged batch, to read and to EXPLAIN';

CREATE FUNCTION elt.preview_merge(pipeline text, samples int DEFAULT 5)
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

CREATE FUNCTION elt.apply_restatements(pipeline text, fact regclass, sk_column text, time_column text)
RETURNS bigint
LANGUAGE C VOLATILE
AS 'MODULE_PATHNAME', 'elt_apply_restatements';
COMMENT ON FUNCTION elt.apply_restatements IS 'move facts to the versions of an scd2 dimension that history says now, batch by batch since the last call; returns how many changes of a row were made';
