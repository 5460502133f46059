"""What people write by hand to merge a batch, on tables of (ts, series, value, unit).

Each takes the target and a table with the batch, analysed. The floor takes the batch sorted out
beforehand: what is new, and the address of what changed.
"""

COLUMNS = "ts, series, value, unit, _run_id, _loaded_at"
SET = "value = %(s)s.value, unit = %(s)s.unit, _run_id = %(s)s._run_id, _loaded_at = %(s)s._loaded_at"
DIFFER = "(t.value, t.unit) IS DISTINCT FROM (%(s)s.value, %(s)s.unit)"


def merge(target, delta, when="AND " + DIFFER % {"s": "s"}, extra=""):
    return """
        MERGE INTO %s AS t USING %s AS s ON t.ts = s.ts AND t.series = s.series %s
        WHEN MATCHED %s THEN UPDATE SET %s
        WHEN NOT MATCHED THEN INSERT (%s)
            VALUES (s.ts, s.series, s.value, s.unit, s._run_id, s._loaded_at)""" % (
                target, delta, extra, when, SET % {"s": "s"}, COLUMNS)


def merge_all(target, delta):
    return merge(target, delta, when="")


def merge_range(target, delta, low, high):
    return merge(target, delta, extra="AND t.ts BETWEEN '%s' AND '%s'" % (low, high))


def conflict(target, delta, order=""):
    return """
        INSERT INTO %s AS t (%s) SELECT %s FROM %s %s
        ON CONFLICT (ts, series) DO UPDATE SET %s WHERE %s""" % (
            target, COLUMNS, COLUMNS, delta, order, SET % {"s": "excluded"}, DIFFER % {"s": "excluded"})


def conflict_sorted(target, delta):
    return conflict(target, delta, "ORDER BY ts, series")


def delete_insert(target, delta):
    return """
        DELETE FROM %s AS t USING %s AS s WHERE t.ts = s.ts AND t.series = s.series;
        INSERT INTO %s (%s) SELECT %s FROM %s""" % (target, delta, target, COLUMNS, COLUMNS, delta)


def sort_out(target, delta):
    """Tables for the floor."""
    return """
        DROP TABLE IF EXISTS %(d)s_new, %(d)s_changed;
        CREATE UNLOGGED TABLE %(d)s_new AS
            SELECT s.* FROM %(d)s AS s LEFT JOIN %(t)s AS t USING (ts, series)
            WHERE t.ts IS NULL ORDER BY ts, series;
        CREATE UNLOGGED TABLE %(d)s_changed AS
            SELECT t.tableoid::regclass AS leaf, t.ctid AS tid, s.* FROM %(d)s AS s
            JOIN %(t)s AS t USING (ts, series) WHERE %(differ)s ORDER BY 1, 2;
        ANALYZE %(d)s_new, %(d)s_changed""" % {"t": target, "d": delta, "differ": DIFFER % {"s": "s"}}


def floor(target, delta, leaves):
    """One update by address for each leaf: of a partitioned table it would look into all."""
    updates = ["""
        UPDATE %(leaf)s AS t SET %(set)s FROM %(delta)s_changed AS d
        WHERE t.ctid = d.tid AND d.leaf = '%(leaf)s'::regclass""" % {
            "leaf": leaf, "delta": delta, "set": SET % {"s": "d"}} for leaf in leaves]
    return ";".join(["INSERT INTO %s (%s) SELECT %s FROM %s_new" % (target, COLUMNS, COLUMNS, delta)] + updates)
