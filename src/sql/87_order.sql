-- Order between pipelines.

CREATE FUNCTION elt.run_all(
	selector text DEFAULT '*',
	OUT pipeline text,
	OUT run_id bigint,
	OUT waits_for text[])
RETURNS SETOF record
LANGUAGE C VOLATILE
AS 'MODULE_PATHNAME', 'elt_run_all';
COMMENT ON FUNCTION elt.run_all IS 'queue the runs of selected pipelines in their order: names, tag:word or *, with + in front for all that they depend on and + behind for all that depend on them; returns their runs, null for those that wait for others';

CREATE FUNCTION elt.enqueue_on_change()
RETURNS trigger
LANGUAGE C VOLATILE
AS 'MODULE_PATHNAME', 'elt_enqueue_on_change';
COMMENT ON FUNCTION elt.enqueue_on_change IS 'trigger function: queue a run of the pipeline that is its argument when the change of the table has been committed; with a second argument when so many rows have been changed';

CREATE VIEW elt.dag AS
SELECT p.name AS pipeline, a.name AS parent_pipeline, 'after' AS kind, p.after_rule
FROM elt_catalog.pipeline p JOIN elt_catalog.pipeline a ON a.name = ANY (p.after)
UNION ALL
SELECT p.name, a.name, 'changes_of', NULL
FROM elt_catalog.pipeline p JOIN elt_catalog.pipeline a ON a.name = ANY (p.changes_of)
UNION ALL
SELECT p.name, a.name, 'child', NULL
FROM elt_catalog.pipeline p JOIN elt_catalog.pipeline a ON a.id = p.parent_id
ORDER BY pipeline, parent_pipeline, kind;
COMMENT ON VIEW elt.dag IS 'which pipeline depends on which';
COMMENT ON COLUMN elt.dag.pipeline IS 'name of the pipeline';
COMMENT ON COLUMN elt.dag.parent_pipeline IS 'pipeline that it depends on';
COMMENT ON COLUMN elt.dag.kind IS 'after: it runs after it; changes_of: it reads what that has changed; child: it is loaded by its runs';
COMMENT ON COLUMN elt.dag.after_rule IS 'which of several parents it waits for, as in option after_rule; null: it does not wait';

CREATE FUNCTION elt.dag_mermaid()
RETURNS text
LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT concat_ws(E'\n', 'flowchart LR',
		(SELECT string_agg(format(E'\tp_%s["%s<br/>%s"]', p.name, p.name, coalesce(p.last_state, 'never run')), E'\n' ORDER BY p.name)
			FROM elt.pipelines p),
		(SELECT string_agg(format(E'\tp_%s %s p_%s', d.parent_pipeline,
			CASE d.kind WHEN 'after' THEN '-->' WHEN 'child' THEN '-. child .->' ELSE '-. changes .->' END, d.pipeline),
			E'\n' ORDER BY d.parent_pipeline, d.pipeline, d.kind) FROM elt.dag d));
END;
COMMENT ON FUNCTION elt.dag_mermaid IS 'return the pipelines, their last state and what depends on what as a Mermaid flowchart';
