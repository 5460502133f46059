-- Quality by pipeline and day, from runs and results of checks.

CREATE VIEW elt.quality AS
WITH loaded AS (
	SELECT r.pipeline_id, coalesce(r.finished_at, r.started_at) AS at, r.rows_read, r.rows_quarantined, r.rows_duplicate,
		r.slices_landed + r.slices_unchanged AS landed, r.slices_failed AS failed, r.slices_not_yet AS not_yet
	FROM elt_catalog.run r WHERE r.started_at IS NOT NULL AND r.kind NOT IN ('pull', 'replay')
	UNION ALL
	SELECT t.pipeline_id, coalesce(r.finished_at, r.started_at), t.rows_read, t.rows_quarantined, t.rows_duplicate,
		0, 0, 0
	FROM elt_catalog.run_target t JOIN elt_catalog.run r ON r.id = t.run_id
	WHERE r.started_at IS NOT NULL AND r.kind NOT IN ('pull', 'replay')
), day_loaded AS (
	SELECT l.pipeline_id, (l.at AT TIME ZONE p.source_time_zone)::date AS day, count(*) AS runs,
		sum(l.rows_read) AS rows_read, sum(l.rows_quarantined) AS rows_quarantined,
		sum(l.rows_duplicate) AS rows_duplicate, sum(l.landed) AS landed, sum(l.failed) AS failed,
		sum(l.not_yet) AS not_yet
	FROM loaded l JOIN elt_catalog.pipeline p ON p.id = l.pipeline_id
	GROUP BY 1, 2
), day_check AS (
	SELECT c.pipeline_id, (c.checked_at AT TIME ZONE p.source_time_zone)::date AS day, c.dimension, c.check_name,
		coalesce(1 - sum(c.rows_failed) / nullif(sum(c.rows_checked) FILTER (WHERE c.rows_failed IS NOT NULL), 0),
			avg(CASE c.verdict WHEN 'passed' THEN 1 WHEN 'warned' THEN 0.5 ELSE 0 END)
				FILTER (WHERE c.verdict <> 'unknown' AND c.rows_failed IS NULL)) AS rate,
		bool_or(c.verdict = 'failed') AS failed
	FROM elt_catalog.check_result c JOIN elt_catalog.pipeline p ON p.id = c.pipeline_id
	GROUP BY 1, 2, 3, 4
), part AS (
	SELECT pipeline_id, day, dimension, rate FROM day_check
	UNION ALL SELECT pipeline_id, day, 'completeness', landed / nullif(landed + failed, 0) FROM day_loaded
	UNION ALL SELECT pipeline_id, day, 'validity', 1 - rows_quarantined / nullif(rows_read, 0) FROM day_loaded
	UNION ALL SELECT pipeline_id, day, 'uniqueness', 1 - rows_duplicate / nullif(rows_read, 0) FROM day_loaded
	UNION ALL SELECT pipeline_id, day, 'timeliness', landed / nullif(landed + not_yet, 0) FROM day_loaded
), side AS (
	SELECT pipeline_id, day, dimension, 100 * avg(rate) AS percent FROM part GROUP BY 1, 2, 3
), score AS (
	SELECT pipeline_id, day,
		round(max(percent) FILTER (WHERE dimension = 'completeness'), 2) AS completeness,
		round(max(percent) FILTER (WHERE dimension = 'validity'), 2) AS validity,
		round(max(percent) FILTER (WHERE dimension = 'uniqueness'), 2) AS uniqueness,
		round(max(percent) FILTER (WHERE dimension = 'timeliness'), 2) AS timeliness,
		round(avg(percent), 2) AS score
	FROM side GROUP BY 1, 2
)
SELECT p.name AS pipeline, s.day, l.runs, l.rows_read, l.rows_quarantined, c.checks, c.checks_failed,
	s.completeness, s.validity, s.uniqueness, s.timeliness, s.score
FROM score s
JOIN elt_catalog.pipeline p ON p.id = s.pipeline_id
LEFT JOIN day_loaded l USING (pipeline_id, day)
LEFT JOIN (SELECT pipeline_id, day, count(*) AS checks, count(*) FILTER (WHERE failed) AS checks_failed
	FROM day_check GROUP BY 1, 2) c USING (pipeline_id, day)
ORDER BY p.name, s.day;
COMMENT ON VIEW elt.quality IS 'quality of what pipelines received, by day in their time zone, in percent';
COMMENT ON COLUMN elt.quality.pipeline IS 'name of the pipeline';
COMMENT ON COLUMN elt.quality.day IS 'day in the pipeline''s source_time_zone';
COMMENT ON COLUMN elt.quality.runs IS 'number of runs';
COMMENT ON COLUMN elt.quality.rows_read IS 'number of rows received';
COMMENT ON COLUMN elt.quality.rows_quarantined IS 'number of them that went to quarantine';
COMMENT ON COLUMN elt.quality.checks IS 'number of checks evaluated';
COMMENT ON COLUMN elt.quality.checks_failed IS 'number of them that refused a batch';
COMMENT ON COLUMN elt.quality.completeness IS 'slices that landed instead of failing, and checks of nulls and volume';
COMMENT ON COLUMN elt.quality.validity IS 'rows that were not quarantined, and other checks';
COMMENT ON COLUMN elt.quality.uniqueness IS 'rows that were not duplicate, and checks of uniqueness';
COMMENT ON COLUMN elt.quality.timeliness IS 'slices that were published in time, and checks of freshness';
COMMENT ON COLUMN elt.quality.score IS 'mean of these four';
