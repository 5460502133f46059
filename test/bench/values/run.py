"""What formats and expressions of columns cost, in processor time of the session, A B A B, as medians of the rounds' ratios.

Formats: a pull of numbers with decimal commas against one of the same numbers as PostgreSQL writes them. Expressions: a pull of
a column with an expression against INSERT ... SELECT of the same expression over the same file, into an unlogged table with the
system columns of a staging table.
"""
import os
import pathlib
import random
import shutil
import statistics
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path[:0] = [str(ROOT / "test/bench")]
from bench_server import Server  # noqa: E402
from measure import line, plan, seconds_of  # noqa: E402

ROUNDS = max(5, int(os.environ.get("ELT_BENCH_ROUNDS", "7")))
RECORDS = int(os.environ.get("ELT_BENCH_RECORDS", "300000"))
COLUMNS = 5
EXPRESSIONS = (
    ("a compiled number", "numeric", "replace(value, ',', '.')::numeric", 1.2),
    ("a compiled date", "date", "to_date(value, 'DD.MM.YYYY')", 1.2),
    ("a compiled text", "text", "upper(split_part(value, ',', 1))", 1.2),
    ("another expression of numbers", "numeric", "round(replace(value, ',', '.')::numeric * 1.19, 2)", 1.5),
    ("another expression of columns", "text", "CASE WHEN length(c1) > 3 THEN c1 ELSE c2 END", 1.5),
)


def numbers(seed):
    rng = random.Random(seed)
    for _ in range(RECORDS):
        yield [rng.randrange(-10**7, 10**7) / 100 for _ in range(COLUMNS)]


def point(x):
    return "%.2f" % x


def comma(x):
    return ("%.2f" % x).replace(".", ",")


def german(x):
    return "{:,.2f}".format(x).translate(str.maketrans(",.", ".,"))


def money(x):
    return german(x) + " €"


def dated(x):
    n = int(abs(x))
    return "%02d.%02d.%04d" % (n % 28 + 1, n % 12 + 1, 1990 + n % 40)


def write(directory):
    for name, form in (("plain", point), ("comma", comma), ("german", german), ("money", money), ("dates", dated)):
        with open(directory / (name + ".csv"), "w") as out:
            out.write(";".join("c%d" % n for n in range(COLUMNS)) + "\n")
            for row in numbers(1):
                out.write(";".join(map(form, row)) + "\n")


def make_table(server, name, columns, file):
    server.sql("CREATE FOREIGN TABLE %s (%s) SERVER files OPTIONS (glob '%s.csv', settle '0', on_change 'merge', delimiter ';')" % (name, columns, file))


def make_pipeline(server, name, columns, file):
    make_table(server, name, columns, file)
    server.sql("""SELECT elt.create_pipeline('%s', '%s', '%s_target', '{c0}',
        options => '{"batch_rows": 1000000000, "batch_bytes": 100000000000}')""" % (name, name, name))


def file_of(type_name):
    return "dates" if type_name == "date" else "comma"


def texts(count=COLUMNS):
    return ", ".join("c%d text" % n for n in range(count))


def make_objects(server, directory):
    server.sql("CREATE SERVER files FOREIGN DATA WRAPPER elt_file OPTIONS (root '%s')" % directory)
    for name, options in (("plain", ""), ("comma", "OPTIONS (decimal ',')"), ("german", "OPTIONS (decimal ',', grouping '.')"),
                          ("money", "OPTIONS (decimal ',', grouping '.', currency '€')")):
        make_pipeline(server, name, ", ".join("c%d numeric %s" % (n, options) for n in range(COLUMNS)), name)
    for at, (_, type_name, expression, _) in enumerate(EXPRESSIONS):
        make_pipeline(server, "expression%d" % at, "%s, v %s OPTIONS (%s expression $$%s$$)" % (
            texts(), type_name, "path 'c0'," if "value" in expression else "", expression), file_of(type_name))
    for file in ("comma", "dates"):
        make_table(server, "texts_" + file, texts() + ", value text OPTIONS (path 'c0')", file)


def ways():
    result = {name: "CALL elt.pull('%s')" % name for name in ("plain", "comma", "german", "money")}
    for at, (_, type_name, expression, _) in enumerate(EXPRESSIONS):
        result["expression%d" % at] = "CALL elt.pull('expression%d')" % at
        result["insert%d" % at] = "INSERT INTO inserted%d SELECT %s, %s, 1, now(), NULL::bigint FROM texts_%s" % (
            at, ", ".join("c%d" % n for n in range(COLUMNS)), expression, file_of(type_name))
    return result


def timed(server, statement):
    return 1000 * seconds_of(server, statement, "SELECT count(*) FROM elt.pipelines")[0]


def empty_tables(server):
    for at, (_, type_name, _, _) in enumerate(EXPRESSIONS):
        server.sql("""DROP TABLE IF EXISTS inserted%d; CREATE UNLOGGED TABLE inserted%d (%s, v %s, _run_id bigint,
            _loaded_at timestamptz, _failed bigint)""" % (at, at, texts(), type_name))


def measured(server):
    times = {name: [] for name in ways()}
    for turn in range(ROUNDS + 1):
        empty_tables(server)
        for name, statement in ways().items():
            milliseconds = timed(server, statement)
            if turn > 0:
                times[name].append(milliseconds)
    return times


def ratio(times, what, ours, base, goal):
    """Of what was measured one after the other, so that a slow minute of the machine does not count."""
    value = statistics.median(a / b for a, b in zip(times[ours], times[base]))
    return line(value <= goal, "%s: %.2f, goal <= %g (%.0f ms, %.0f ms)" % (
        what, value, goal, statistics.median(times[ours]), statistics.median(times[base])))


def same_rows(server, at):
    """What the pull has staged is what was inserted."""
    columns = ", ".join(["c%d" % n for n in range(COLUMNS)] + ["v"])
    return server.sql("SELECT count(*) FROM (SELECT %s FROM elt_staging.expression%d EXCEPT ALL SELECT %s FROM inserted%d) AS d" % (
        columns, at, columns, at)) == "0"


def main():
    home = pathlib.Path(tempfile.mkdtemp(prefix="elt_bench_"))
    data = home / "data"
    try:
        data.mkdir()
        write(data)
        with Server(home) as server:
            make_objects(server, data)
            times = measured(server)
            passed = [
                ratio(times, "decimal commas against plain numerics", "comma", "plain", 1.1),
                ratio(times, "decimal commas and grouping against plain numerics", "german", "plain", 1.1),
                ratio(times, "the same with a sign of currency against plain numerics", "money", "plain", 1.1),
            ]
            for at, (what, _, expression, goal) in enumerate(EXPRESSIONS):
                passed.append(ratio(times, "%s against INSERT ... SELECT of it" % what, "expression%d" % at, "insert%d" % at, goal))
                passed.append(line(same_rows(server, at), "%s makes the same rows" % expression))
            plan()
        return 0 if all(passed) else 1
    finally:
        shutil.rmtree(home, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
