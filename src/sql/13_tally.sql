-- What has been counted, for metrics that only grow: it stays when runs and requests are deleted. Who
-- counts adds a row and so waits for nobody; the scheduler adds up those of a pipeline or server.

CREATE TABLE elt_catalog.run_tally (
	pipeline_id int NOT NULL,
	succeeded bigint NOT NULL DEFAULT 0,
	partial bigint NOT NULL DEFAULT 0,
	failed bigint NOT NULL DEFAULT 0,
	cancelled bigint NOT NULL DEFAULT 0,
	abandoned bigint NOT NULL DEFAULT 0,
	skipped bigint NOT NULL DEFAULT 0,
	retries bigint NOT NULL DEFAULT 0,
	requests bigint NOT NULL DEFAULT 0,
	bytes bigint NOT NULL DEFAULT 0,
	rows_inserted bigint NOT NULL DEFAULT 0,
	rows_updated bigint NOT NULL DEFAULT 0,
	rows_unchanged bigint NOT NULL DEFAULT 0,
	rows_deleted bigint NOT NULL DEFAULT 0,
	rows_stale bigint NOT NULL DEFAULT 0,
	rows_duplicate bigint NOT NULL DEFAULT 0,
	rows_quarantined bigint NOT NULL DEFAULT 0,
	rows_dropped bigint NOT NULL DEFAULT 0,
	rows_refused bigint NOT NULL DEFAULT 0,
	rows_removed bigint NOT NULL DEFAULT 0,
	ran_count bigint NOT NULL DEFAULT 0,
	ran_us bigint NOT NULL DEFAULT 0,
	ran_1 bigint NOT NULL DEFAULT 0,
	ran_2 bigint NOT NULL DEFAULT 0,
	ran_3 bigint NOT NULL DEFAULT 0,
	ran_4 bigint NOT NULL DEFAULT 0,
	ran_5 bigint NOT NULL DEFAULT 0,
	ran_6 bigint NOT NULL DEFAULT 0,
	waited_count bigint NOT NULL DEFAULT 0,
	waited_us bigint NOT NULL DEFAULT 0,
	waited_1 bigint NOT NULL DEFAULT 0,
	waited_2 bigint NOT NULL DEFAULT 0,
	waited_3 bigint NOT NULL DEFAULT 0,
	waited_4 bigint NOT NULL DEFAULT 0,
	waited_5 bigint NOT NULL DEFAULT 0,
	last_success_at timestamptz
);
COMMENT ON TABLE elt_catalog.run_tally IS 'counts of the runs of each pipeline that have ended, as the sum of its rows';
COMMENT ON COLUMN elt_catalog.run_tally.ran_1 IS 'runs that took at most 1 second; ran_2 to ran_6: 10, 60, 300, 1800 and 7200';
COMMENT ON COLUMN elt_catalog.run_tally.waited_1 IS 'runs that waited in the queue for at most 1 second; waited_2 to waited_5: 10, 60, 600 and 3600';
COMMENT ON COLUMN elt_catalog.run_tally.ran_us IS 'microseconds: a sum of integers is the same in any order';

CREATE TABLE elt_catalog.request_tally (
	server name NOT NULL,
	verdict text NOT NULL,
	bytes bigint NOT NULL,
	took_count bigint NOT NULL,
	took_us bigint NOT NULL,
	took_1 bigint NOT NULL,
	took_2 bigint NOT NULL,
	took_3 bigint NOT NULL,
	took_4 bigint NOT NULL,
	took_5 bigint NOT NULL,
	took_6 bigint NOT NULL,
	took_7 bigint NOT NULL
);
COMMENT ON TABLE elt_catalog.request_tally IS 'counts of the requests to each server, by verdict, as the sum of its rows';
COMMENT ON COLUMN elt_catalog.request_tally.took_1 IS 'requests that took at most 0.1 seconds; took_2 to took_7: 0.25, 0.5, 1, 2.5, 10 and 30';
