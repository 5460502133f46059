"""elt.profile against aggregates of the same columns in one pass, written by hand.

A million rows of twenty columns: integers, floats, numerics, dates, times, texts of few and of many
values. By hand: count, minimum, maximum, and the average where there is one. A second statement, for
information, also counts distinct values.
"""
import os
import pathlib
import shutil
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "test/bench"))
from bench_server import Server  # noqa: E402
from measure import interleaved, line, milliseconds_of, plan, ratio  # noqa: E402

ROUNDS = max(5, int(os.environ.get("ELT_BENCH_ROUNDS", "5")))
ROWS = int(os.environ.get("ELT_BENCH_RECORDS", "1000000"))
SERIAL = "SET max_parallel_workers_per_gather = 0"
NUMBERS = {
    "id": "i", "customer": "i::bigint * 7919 % 100003", "shop": "i % 50", "line": "(i % 4)::smallint", "big": "i::bigint * i",
    "amount": "(i % 10000) / 100.0", "tax": "((i % 190) / 10.0)::numeric(5,1)", "weight": "sqrt(i)",
    "share": "((i % 997) / 997.0)::float4", "score": "CASE WHEN i % 3 > 0 THEN ln(i) END",
}
OTHERS = {
    "day": "'2020-01-01'::date + i % 2000", "at": "'2020-01-01'::timestamptz + i * interval '1 minute'",
    "sent": "'2020-01-01'::timestamp + i % 5000 * interval '1 hour'", "status": "(ARRAY['new', 'paid', 'sent', 'done'])[i % 4 + 1]",
    "country": "(ARRAY['de', 'fr', 'it', 'es', 'at', 'ch'])[i % 6 + 1]", "sku": "'A-' || i % 5000", "mail": "'user' || i || '@example.org'",
    "note": "CASE WHEN i % 10 = 0 THEN md5(i::text) END", "city": "'City of ' || i % 300", "code": "lpad(i::text, 10, '0')",
}


def by_hand(distinct):
    parts = []
    for name in list(NUMBERS) + list(OTHERS):
        parts += ["count(%s)" % name, "min(%s)" % name, "max(%s)" % name]
        if name in NUMBERS:
            parts.append("avg(%s)" % name)
        if distinct:
            parts.append("count(DISTINCT %s)" % name)
    return "SELECT count(*), %s FROM sales" % ", ".join(parts)


def main():
    home = pathlib.Path(tempfile.mkdtemp(prefix="elt_bench_"))
    try:
        with Server(home) as server:
            columns = ", ".join("%s AS %s" % (text, name) for name, text in {**NUMBERS, **OTHERS}.items())
            server.sql("CREATE TABLE sales AS SELECT %s FROM generate_series(1, %d) AS i; VACUUM ANALYZE sales" % (columns, ROWS))
            times = interleaved(server, {
                "profile": (None, lambda: milliseconds_of(server, "SELECT count(*) FROM elt.profile('sales')", SERIAL)),
                "aggregates": (None, lambda: milliseconds_of(server, by_hand(False), SERIAL)),
            }, ROUNDS, checkpoints=False)
            times["distinct"] = milliseconds_of(server, by_hand(True), SERIAL)
            passed = ratio(times, "a profile against aggregates by hand", "profile", "aggregates", 3)
            line(True, "with count(DISTINCT) by hand: %.2f (%.0f ms)" % (times["profile"] / times["distinct"], times["distinct"]))
            plan()
        return 0 if passed else 1
    finally:
        shutil.rmtree(home, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
