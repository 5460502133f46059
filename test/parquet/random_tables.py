"""Tables of random columns and rows, exported and read again: random_tables.py SEED COUNT prints SQL.

Each statement that compares prints a line for every row that differs, and "N done" when a table is done.
"""
import random
import sys

TEXTS = ["", "a", "ä€😀", "line\\nbreak", "x" * 70, "tab\\there", "quote \"", "{}", "null"]


def number(rng, bits):
    most = 2 ** (bits - 1)
    return str(rng.choice([0, -1, most - 1, -most, rng.randrange(-most, most), rng.randrange(-9, 9)]))


def decimal(rng, precision, scale):
    digits = "%0*d" % (precision, rng.choice([0, 1, 10 ** precision - 1, rng.randrange(10 ** precision)]))
    return rng.choice(["", "-"]) + (digits[:precision - scale] or "0") + ("." + digits[precision - scale:] if scale else "")


def real(rng):
    return rng.choice(["0", "-0", "NaN", "Infinity", "-Infinity", "1.5", repr(rng.uniform(-1e6, 1e6))])


def stamp(rng):
    return "%04d-%02d-%02d %02d:%02d:%02d.%06d" % (rng.choice([1, 1582, 1969, 2024, 9999]), rng.randint(1, 12), rng.randint(1, 28),
                                                   rng.randint(0, 23), rng.randint(0, 59), rng.randint(0, 59), rng.randrange(10 ** 6))


def text(rng):
    if rng.random() < 0.01:
        return "long " * rng.randint(1, 20000)
    return rng.choice(TEXTS) if rng.random() < 0.5 else "".join(rng.choice("abcdefgh") for _ in range(rng.randint(0, 40)))


def hexed(rng, length):
    return "".join("%02x" % rng.randrange(256) for _ in range(length))


def scalar(rng):
    """(type, a function that makes a value as text for COPY)"""
    precision = rng.randint(1, 38)
    scale = rng.randint(0, precision)
    return rng.choice([
        ("bool", lambda: rng.choice("tf")), ("int2", lambda: number(rng, 16)), ("int4", lambda: number(rng, 32)),
        ("int8", lambda: number(rng, 64)), ("oid", lambda: str(rng.randrange(2 ** 32))), ("float4", lambda: real(rng)),
        ("float8", lambda: real(rng)), ("numeric(%d,%d)" % (precision, scale), lambda: decimal(rng, precision, scale)),
        ("date", lambda: stamp(rng)[:10]), ("timestamp", lambda: stamp(rng)), ("timestamptz", lambda: stamp(rng) + "+00"),
        ("time", lambda: stamp(rng)[11:]), ("text", lambda: text(rng)), ("varchar", lambda: text(rng)),
        ("bytea", lambda: "\\\\x" + hexed(rng, rng.choice([0, 1, 30, 300]))), ("uuid", lambda: hexed(rng, 16)),
        ("json", lambda: rng.choice(["{}", "[1,  null]", "\"x\"", '{"a":1, "a":  2}'])),
        ("jsonb", lambda: rng.choice(["{}", "[1, null]", "\"x\"", "null", '{"k": %d}' % rng.randrange(9)])),
        ("mood", lambda: rng.choice(["sad", "happy"])), ("inet", lambda: "10.0.0.%d" % rng.randrange(256)),
        ("interval", lambda: "%d days" % rng.randrange(99))])


def column(rng, rows):
    """(type, values): with few or many values, sorted or not, and nulls here and there or in stretches."""
    kind, make = scalar(rng)
    pool = [make() for _ in range(rng.choice([1, 3, 50, rows]))]
    values = [rng.choice(pool) for _ in range(rows)] if rng.random() < 0.5 else [pool[i * len(pool) // rows] for i in range(rows)]
    if kind in ("int4", "int8") and rng.random() < 0.4:
        step = rng.randint(-50, 50)
        values = [str(i * step) for i in range(rows)]
    share, stretch = rng.choice([0, 0, 0.1, 0.9, 1]), rng.choice([1, 1, 700])
    absent = [rng.random() < share for _ in range(rows // stretch + 1)]
    return kind, ["\\N" if absent[i // stretch] else values[i] for i in range(rows)]


def nested(rng, names):
    """Expressions of lists and groups of columns, which are of their own types."""
    chosen = rng.choice(names)
    other = rng.choice(names)
    return rng.choice([
        "CASE id %% %d WHEN 0 THEN NULL WHEN 1 THEN '{}' WHEN 2 THEN ARRAY[%s] ELSE ARRAY[%s, NULL, %s] END::list[]" % (
            rng.randint(3, 9), chosen, chosen, chosen),
        "CASE WHEN id %% %d <> 0 THEN ROW(%s, id, %s)::pair END" % (rng.randint(2, 9), chosen, other)]), chosen, other


def options(rng):
    chosen = ["compression => '%s'" % rng.choice(["zstd", "zstd", "gzip", "snappy", "none"]),
              "encoding => '%s'" % rng.choice(["delta", "compatible"]),
              "row_group_rows => %d" % rng.choice([1, 7, 100, 1000, 1000000]),
              "row_group_bytes => %d" % rng.choice([65536, 67108864]),
              "verify => %s" % rng.choice(["true", "false"])]
    return ", ".join(chosen)


def print_table(rng, n):
    rows = rng.choice([0, 1, 2, 30, 1500, 4000])
    columns = [column(rng, rows or 1) for _ in range(rng.randint(1, 7))]
    names = ["c%d" % i for i in range(len(columns))]
    print("CREATE TABLE base_%d (id int, %s);" % (n, ", ".join("%s %s" % (name, kind) for name, (kind, _) in zip(names, columns))))
    print("COPY base_%d FROM stdin;" % n)
    for i in range(rows):
        print("\t".join([str(i)] + [values[i] for _, values in columns]))
    print("\\.")
    kinds = {name: kind for name, (kind, _) in zip(names, columns)}
    selected = []
    for i in range(rng.randint(0, 3)):
        expression, chosen, other = nested(rng, names)
        expression = expression.replace("::list[]", "::%s[]" % kinds[chosen])
        if expression.endswith("::pair END"):
            print("CREATE TYPE pair_%d_%d AS (a %s, b int, c %s);" % (n, i, kinds[chosen], kinds[other]))
            expression = expression.replace("::pair", "::pair_%d_%d" % (n, i))
        selected.append("%s AS n%d" % (expression, i))
    print("CREATE TABLE table_%d AS SELECT %s FROM base_%d ORDER BY id;" % (n, ", ".join(["*"] + selected), n))
    print("SELECT 'table %d: ' || rows || ' rows' FROM elt.export('SELECT * FROM table_%d ORDER BY id', 'lake', 'ours/%d.parquet', %s) WHERE rows <> %d;"
          % (n, n, n, options(rng), rows))
    for files in ("ours", "arrow", "duckdb"):
        print("SELECT format('CREATE FOREIGN TABLE %s_%d (%%s) SERVER lake OPTIONS (glob ''%s/%d.parquet'', format ''parquet'')', "
              "string_agg(format('%%I %%s', attname, format_type(atttypid, atttypmod)), ', ' ORDER BY attnum)) FROM pg_attribute "
              "WHERE attrelid = 'table_%d'::regclass AND attnum > 0 \\gexec" % (files, n, files, n, n))
    print_comparison("ours", n)


def print_comparison(files, n):
    print("SELECT 'table %d, %s: ' || left(concat_ws(' | ', t::text, f::text), 500) FROM table_%d t FULL JOIN %s_%d f ON t.id = f.id "
          "WHERE t::text IS DISTINCT FROM f::text LIMIT 2;" % (n, files, n, files, n))
    print("SELECT 'table %d, %s: rows' WHERE (SELECT count(*) FROM table_%d) <> (SELECT count(*) FROM %s_%d);" % (n, files, n, files, n))


def main():
    seed, count = map(int, sys.argv[1:3])
    if len(sys.argv) > 3:
        for name in sys.argv[3:]:
            files, n = name.split("/")
            print_comparison(files, int(n))
        return
    for n in range(count):
        print_table(random.Random(seed * 1000003 + n), n)


main()
