"""Targets and batches: forty series of readings over thirteen years, flat and in monthly partitions.

Of a batch a quarter is changed, a quarter unchanged and half new. Clustered: the latest rows and
those after them. Scattered: evenly from all of the target, in no order.
"""

SERIES = 40
MONTHS, FILLED_MONTHS = 185, 160
FIRST = "timestamptz '2010-01-01'"
READINGS = "ts timestamptz, series text, value float8, unit text"
TARGETS = ("flat", "parts")


def reading(i, rows, late="0 seconds"):
    """The i-th of so many rows, or a new one a little after it."""
    step = FILLED_MONTHS * 30.4 * 86400 * SERIES // rows
    return ("%s + (%s) / %d * interval '%d seconds' + interval '%s' AS ts, 'series ' || (%s) %% %d AS series, "
            "((%s) * 7919 %% 10007)::float8 AS value, 'MW' AS unit" % (FIRST, i, SERIES, step, late, i, SERIES, i))


def declare(batches):
    server = batches.server
    batches.pipeline("flat", READINGS, "'{ts,series}'")
    batches.pipeline("parts", READINGS, "'{ts,series}', partition_by => 'ts', partition_interval => '1 month'")
    server.sql("""
        DO $$ BEGIN FOR m IN 0 .. %d - 1 LOOP
            EXECUTE format('CREATE TABLE parts_%%s PARTITION OF parts FOR VALUES FROM (%%L) TO (%%L)',
                to_char(%s + m * interval '1 month', 'YYYYMM'), %s + m * interval '1 month', %s + (m + 1) * interval '1 month');
        END LOOP; END $$""" % (MONTHS, FIRST, FIRST, FIRST))
    for name in TARGETS:
        server.sql("CREATE UNLOGGED TABLE delta_%s (%s, _run_id bigint, _loaded_at timestamptz)" % (name, READINGS))


def fill(server, rows):
    """Targets of so many rows, without statistics."""
    for name in TARGETS:
        server.sql("""
            TRUNCATE %s;
            DELETE FROM pg_statistic WHERE starelid IN (SELECT relid FROM pg_partition_tree('%s'));
            INSERT INTO %s SELECT %s, 1, now() FROM generate_series(0::bigint, %d) AS i""" % (
                name, name, name, reading("i", rows), rows - 1))


def clustered(rows, batch):
    half = batch // 2
    return """
        SELECT ts, series, CASE WHEN i %% 2 = 0 AND i < %d THEN value + 1 ELSE value END AS value, unit
        FROM (SELECT i, %s FROM generate_series(%d::bigint, %d) AS i) AS r""" % (
            rows, reading("i", rows), rows - half, rows + half - 1)


def with_a_late_row(rows, batch):
    return "%s UNION ALL SELECT ts, series, value + 1, unit FROM (SELECT %s) AS late" % (
        clustered(rows, batch), reading("0", rows))


def scattered(rows, batch):
    half = batch // 2
    return """
        SELECT ts, series, CASE WHEN i %% 2 = 0 THEN value + 1 ELSE value END AS value, unit FROM (
            SELECT i, %s FROM (SELECT i * %d + i %% 2 FROM generate_series(0::bigint, %d) AS i) AS x(i)
            UNION ALL SELECT 1, %s FROM (SELECT i * %d FROM generate_series(0::bigint, %d) AS i) AS x(i)
        ) AS r ORDER BY hashtext(ts::text || series)""" % (
            reading("i", rows), rows // half, half - 1,
            reading("i", rows, "1 second"), rows // half, half - 1)


def unchanged(rows, batch):
    return "SELECT %s FROM generate_series(%d::bigint, %d) AS i" % (
        reading("i", rows), rows - batch, rows - 1)


def stage(batches, name, query):
    """Stage for ours, and copy to an analysed table for the statements by hand."""
    batches.stage(name, query)
    batches.server.sql("TRUNCATE delta_%s; INSERT INTO delta_%s SELECT ts, series, value, unit, _run_id, _loaded_at FROM elt_staging.%s; VACUUM ANALYZE delta_%s" % (
        name, name, name, name))
