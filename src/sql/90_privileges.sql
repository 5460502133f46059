-- What pg_dump carries over: definitions, state and history with their sequences. The staged
-- batch is not carried: it is made again by the next pull.
DO $dump$
DECLARE
	relation regclass;
BEGIN
	-- One statement each: they all update the same row of pg_extension.
	FOREACH relation IN ARRAY '{elt_catalog.pool, elt_catalog.alert_channel, elt_catalog.alert, elt_catalog.alert_id_seq,
		elt_catalog.pipeline, elt_catalog.run, elt_catalog.run_tally, elt_catalog.request_tally, elt_catalog.run_target, elt_catalog.step,
		elt_catalog.slice, elt_catalog.file, elt_catalog.cursor, elt_catalog.check_rule, elt_catalog.check_result,
		elt_catalog.reject, elt_catalog.reject_settled, elt_catalog.reject_overflow, elt_catalog.policy, elt_catalog.partition,
		elt_catalog.hold, elt_catalog.hold_id_seq, elt_catalog.split, elt_catalog.split_id_seq, elt_catalog.change_log, elt_catalog.consumer,
		elt_catalog.restated_fact, elt_catalog.complete_load, elt_catalog.truncated, elt_catalog.pending_load,
		elt_catalog.pending_delete, elt_catalog.quota, elt_catalog.delivered_field,
		elt_catalog.drift,
		elt_catalog.pipeline_id_seq, elt_catalog.run_id_seq, elt_catalog.check_rule_id_seq,
		elt_catalog.reject_id_seq}'::regclass[]
	LOOP
		PERFORM pg_catalog.pg_extension_config_dump(relation, '');
	END LOOP;
	-- The number of a view that was dropped by hand could be that of another one where it is restored.
	FOREACH relation IN ARRAY '{elt_catalog.dimension, elt_catalog.fact, elt_catalog.aggregate}'::regclass[]
	LOOP
		PERFORM pg_catalog.pg_extension_config_dump(relation, 'WHERE relation IN (SELECT oid FROM pg_catalog.pg_class)');
	END LOOP;
	FOREACH relation IN ARRAY '{elt_catalog.fact_dimension, elt_catalog.fact_measure}'::regclass[]
	LOOP
		PERFORM pg_catalog.pg_extension_config_dump(relation, 'WHERE fact IN (SELECT oid FROM pg_catalog.pg_class)');
	END LOOP;
	PERFORM pg_catalog.pg_extension_config_dump('elt_catalog.aggregate_measure',
		'WHERE aggregate IN (SELECT oid FROM pg_catalog.pg_class)');
	PERFORM pg_catalog.pg_extension_config_dump('elt_catalog.holiday', 'WHERE NOT is_builtin');
END
$dump$;

-- Nothing is granted to PUBLIC: not even the EXECUTE that new functions have.
REVOKE ALL ON ALL ROUTINES IN SCHEMA elt, elt_catalog FROM PUBLIC;

-- Readers look, operators also run, administrators also define.
GRANT USAGE ON SCHEMA elt TO elt_admin, elt_operator, elt_reader;
GRANT SELECT ON ALL TABLES IN SCHEMA elt TO elt_admin, elt_operator, elt_reader;
GRANT EXECUTE ON ROUTINE elt.run, elt.pull, elt.wait, elt.enqueue, elt.backfill, elt.cancel,
	elt.pause, elt.resume, elt.pipeline_sql, elt.preview, elt.explain_source, elt.changed_keys, elt.changed_since,
	elt.validate, elt.merge, elt.merge_sql, elt.preview_merge, elt.approve_deletes, elt.discard_deletes,
	elt.replay_rejects, elt.discard_rejects, elt.tick, elt.drain, elt.pause_all, elt.resume_all,
	elt.run_all, elt.enqueue_on_change, elt.export, elt.make_archive, elt.replication_lag TO elt_operator;
GRANT EXECUTE ON ROUTINE elt.profile, elt.next_slots, elt.dag_mermaid, elt.explain_pipeline, elt.metrics_text,
	elt.holidays, elt.easter, elt.describe_star, elt.check_change_log, elt.consumer, elt.drop_consumer,
	elt.next_changes, elt.advance TO elt_operator, elt_reader;
GRANT EXECUTE ON ROUTINE elt.sketch_distinct, elt.merge_distinct, elt.union_distinct, elt.distinct_count, elt.sketch_quantiles,
	elt.merge_quantiles, elt.add_quantiles, elt.subtract_quantiles, elt.quantile, elt.quantile_count,
	elt.sketch_distinct_counts, elt.add_distinct_counts, elt.counted_distinct, elt.counted_rows TO elt_operator, elt_reader;
GRANT EXECUTE ON FUNCTION elt_catalog.star_mermaid, elt_catalog.star_mermaid_name, elt_catalog.star_markdown, elt_catalog.star_markdown_cell,
	elt_catalog.star_dbt, elt_catalog.star_format_unknown TO elt_admin, elt_operator, elt_reader;
GRANT EXECUTE ON ALL ROUTINES IN SCHEMA elt TO elt_admin;
