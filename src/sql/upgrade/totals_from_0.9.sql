-- What the runs that 0.9 has kept add to the totals.
INSERT INTO elt_catalog.run_tally (pipeline_id, succeeded, partial, failed, cancelled, abandoned, retries, requests, bytes,
	rows_inserted, rows_updated, rows_unchanged, rows_deleted, rows_stale, rows_duplicate, rows_quarantined, rows_dropped,
	rows_refused, rows_removed, last_success_at)
SELECT pipeline_id, count(*) FILTER (WHERE state = 'succeeded'), count(*) FILTER (WHERE state = 'partial'),
	count(*) FILTER (WHERE state = 'failed'), count(*) FILTER (WHERE state = 'cancelled'), count(*) FILTER (WHERE state = 'abandoned'),
	count(*) FILTER (WHERE attempt > 1), sum(requests), sum(bytes),
	sum(rows_inserted), sum(rows_updated), sum(rows_unchanged), sum(rows_deleted), sum(rows_stale), sum(rows_duplicate),
	sum(rows_quarantined), sum(rows_dropped), sum(rows_refused), sum(rows_removed),
	max(finished_at) FILTER (WHERE state = 'succeeded')
FROM elt_catalog.run WHERE state NOT IN ('queued', 'running') GROUP BY pipeline_id;
