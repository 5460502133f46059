"""What a scrape costs: elt.metrics, its text and the views that people watch, with many pipelines and
a year of runs, slots, slices, partitions and rejects, and what counting adds to the end of a run.
"""
import os
import pathlib
import shutil
import statistics
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "test/bench"))
from bench_server import Server  # noqa: E402
from measure import line, plan  # noqa: E402

ROUNDS = int(os.environ.get("ELT_BENCH_ROUNDS", "11"))
PIPELINES = int(os.environ.get("ELT_BENCH_PIPELINES", "500"))
METRICS_MS = 20

# Runs each six hours; one of a hundred fails, and one of ten pipelines has failed last.
HISTORY = """
    CREATE TABLE src (id int PRIMARY KEY, at timestamptz NOT NULL);
    CREATE SERVER web FOREIGN DATA WRAPPER elt_http OPTIONS (url 'http://127.0.0.1:1', allow_private 'true', quota '100000/month');
    SELECT count(elt.create_pipeline('pipeline_' || n, source => 'src', target => 't' || n, key => '{id}', schedule => CASE n %% 2 WHEN 1 THEN 'every 6 hours' END,
        options => jsonb_build_object('max_staleness', '7 hours', 'after', CASE WHEN n %% 2 = 0 THEN ARRAY['pipeline_' || n - 1] ELSE '{}' END)))
    FROM generate_series(1, %(pipelines)d) AS n;
    INSERT INTO elt_catalog.run (pipeline_id, kind, state, origin, requested_by, enqueued_at, started_at, finished_at, requests, bytes,
        rows_read, rows_inserted, slot, error)
    SELECT p.id, 'incremental', CASE WHEN n %% 100 = 99 OR n = 1459 AND p.id %% 10 = 0 THEN 'failed' ELSE 'succeeded' END, 'schedule',
        'postgres'::regrole, t.at, t.at + interval '1 second', t.at + interval '20 seconds', 10, 100000, 1000, 1000, t.at,
        CASE WHEN n %% 100 = 99 THEN 'the request failed' END
    FROM generate_series(0, 1459) n, elt_catalog.pipeline p, LATERAL (SELECT now() - (1460 - n) * interval '6 hours' AS at) t;
    INSERT INTO elt_catalog.slot (pipeline_id, slot, first_slot, state, run_id)
    SELECT pipeline_id, slot, slot, 'queued', id FROM elt_catalog.run;
    INSERT INTO elt_catalog.run_tally (pipeline_id, succeeded, failed, requests, bytes, rows_inserted, ran_count, ran_us, ran_3, ran_4,
        ran_5, ran_6, waited_count, waited_us, waited_1, last_success_at)
    SELECT pipeline_id, count(*) FILTER (WHERE state = 'succeeded'), count(*) FILTER (WHERE state = 'failed'), sum(requests), sum(bytes),
        sum(rows_inserted), count(*), 19000000 * count(*), count(*), count(*), count(*), count(*), count(*), count(*) * 1000000, count(*),
        max(finished_at) FILTER (WHERE state = 'succeeded')
    FROM elt_catalog.run, generate_series(0, 1) n GROUP BY pipeline_id, n;
    INSERT INTO elt_catalog.failure SELECT id, 3, now() FROM elt_catalog.pipeline WHERE id %% 10 = 0;
    INSERT INTO elt_catalog.cursor (pipeline_id, params, position, window_end, definition_version)
    SELECT id, jsonb_build_object('country', c), '', now() - interval '1 hour', 1 FROM elt_catalog.pipeline, unnest('{de,fr}'::text[]) c;
    INSERT INTO elt_catalog.slice (pipeline_id, window_start, window_end, state, definition_version, first_tried_at, tried_at, failures, error)
    SELECT id, now() - d * interval '1 day', now() - (d - 1) * interval '1 day', CASE WHEN d = 7 AND id %% 50 = 0 THEN 'failed' ELSE 'landed' END,
        1, now(), now(), CASE WHEN d = 7 AND id %% 50 = 0 THEN 5 ELSE 0 END, CASE WHEN d = 7 AND id %% 50 = 0 THEN 'not found' END
    FROM elt_catalog.pipeline, generate_series(1, 365) d;
    INSERT INTO elt_catalog.policy (relation, partition_column, partition_interval, set_by)
    SELECT target, 'at', '1 day', 'postgres'::regrole FROM elt_catalog.pipeline;
    INSERT INTO elt_catalog.partition (relation, name, lower_bound, upper_bound, state)
    SELECT target, 'p' || d, now() + d * interval '1 day', now() + (d + 1) * interval '1 day', 'attached'
    FROM elt_catalog.pipeline, generate_series(-365, 4) d;
    INSERT INTO elt_catalog.reject (pipeline_id, run_id, batch, stage, reason, message)
    SELECT id, 1, 1, 'check', 'sane', 'too large' FROM elt_catalog.pipeline, generate_series(1, 200);
    INSERT INTO elt_catalog.request_tally SELECT 'web', v, 1000000, 1000, 1000000, 100, 200, 300, 400, 500, 1000, 1000
    FROM unnest('{success,retry,rate_limited,fail}'::text[]) v, generate_series(1, 10);
    VACUUM ANALYZE"""


def milliseconds(session, statement):
    """Of the processor of the session, planning included, after its first call."""
    found = []
    for _ in range(ROUNDS + 1):
        began = session.cpu()
        session.ask(statement)
        found.append(1000 * (session.cpu() - began))
    return statistics.median(found[1:])


def ending(server, counted):
    """Milliseconds of the processor to record the end of a run, as the first thing that a process does."""
    session = server.session()
    session.ask("SELECT count(*) FROM elt.pools")
    session.ask("""BEGIN;
        INSERT INTO elt_catalog.run (pipeline_id, state, requested_by, started_at)
        SELECT id, 'running', 'postgres'::regrole, now() FROM elt_catalog.pipeline WHERE name = 'pipeline_1';
        PREPARE ending AS UPDATE elt_catalog.run SET state = 'succeeded', finished_at = clock_timestamp() WHERE state = 'running'""")
    if not counted:
        session.ask("ALTER TABLE elt_catalog.run DISABLE TRIGGER tally_run")
    began = session.cpu()
    session.ask("EXECUTE ending")
    took = 1000 * (session.cpu() - began)
    session.close()
    return took


def main():
    home = tempfile.mkdtemp(prefix="metrics.")
    try:
        with Server(home) as server:
            server.sql(HISTORY % {"pipelines": PIPELINES})
            session = server.session()
            runs = session.ask("SELECT count(*) FROM elt_catalog.run")
            samples = session.ask("SELECT count(*) FROM elt.metrics")
            ms = milliseconds(session, "SELECT count(name), count(type), count(help), count(labels), sum(value) FROM elt.metrics")
            line(ms <= METRICS_MS, "elt.metrics of %d pipelines and %s runs, %s samples: %.1f ms, goal <= %d ms" % (
                PIPELINES, runs, samples, ms, METRICS_MS))
            ms = milliseconds(session, "SELECT length(elt.metrics_text())")
            line(ms <= METRICS_MS, "elt.metrics_text, %.0f kB: %.1f ms, goal <= %d ms" % (
                int(session.ask("SELECT length(elt.metrics_text())")) / 1000, ms, METRICS_MS))
            for view in ("pipeline_metrics", "queue_metrics", "server_metrics", "partition_metrics", "health_metrics"):
                print("# elt_catalog.%s: %.1f ms" % (view, milliseconds(session, "SELECT count(v) FROM elt_catalog.%s v" % view)))
            for view in ("pipeline_status", "health", "schedules", "queue", "progress"):
                print("# elt.%s: %.1f ms" % (view, milliseconds(session, "SELECT count(v) FROM elt.%s v" % view)))
            session.close()
            times = [(ending(server, True), ending(server, False)) for _ in range(ROUNDS)]
            print("# the end of a run, counted and not: %.2f ms, %.2f ms" % tuple(map(statistics.median, zip(*times))))
    finally:
        shutil.rmtree(home, ignore_errors=True)
    plan()


if __name__ == "__main__":
    main()
