#!/usr/bin/env python3
"""Parquet files of elt.export: every type and value as pyarrow and DuckDB read it, statistics, encodings."""
import decimal
import hashlib
import json
import math
import os
import pathlib
import shutil
import struct
import subprocess
import sys

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent

import parquet_index
from database import Database
from tap import Tap

MB3 = 3000000
ALLOWED = {"PLAIN", "RLE", "RLE_DICTIONARY", "DELTA_BINARY_PACKED"}
VARIANTS = [("zstd", "delta"), ("gzip", "compatible"), ("snappy", "delta"), ("none", "compatible")]

# ---- what a value is, in a form that JSON and both readers can have ----


def digest(text):
    data = text.encode() if isinstance(text, str) else bytes(text)
    return "%d %s" % (len(data), hashlib.md5(data).hexdigest())


def float_bits(code):
    return lambda value: "nan" if math.isnan(value) else struct.pack(">" + code, value).hex()


# kind: expression in PostgreSQL, value of pyarrow or DuckDB to the same
KINDS = {
    "text": ("CASE WHEN {0} IS NOT NULL THEN octet_length(format('%s', {0})) || ' ' || md5(format('%s', {0})) END", digest),
    "padded": ("octet_length(rpad({0}::text, 5)) || ' ' || md5(rpad({0}::text, 5))", digest),
    "bytes": ("octet_length({0}) || ' ' || md5({0})", digest),
    "same": ("{0}::text", str),
    "bool": ("{0}::text", lambda value: str(value).lower()),
    "float8": ("CASE WHEN {0} = 'nan' THEN 'nan' ELSE encode(float8send({0}), 'hex') END", float_bits("d")),
    "float4": ("CASE WHEN {0} = 'nan' THEN 'nan' ELSE encode(float4send({0}), 'hex') END", float_bits("f")),
    "decimal": ("{0}::text", lambda value: format(value, "f")),
    "days": ("({0} - date '1970-01-01')::text", str),
    "micros": ("(extract(epoch FROM {0}) * 1000000)::bigint::text", str),
    "json": ("to_json({0})::text", None),
}

# name: (type, kind, values)
TYPES = {
    "c_bool": ("boolean", "bool", ["true", "false"]),
    "c_int2": ("smallint", "same", ["-32768", "32767", "0"]),
    "c_int4": ("integer", "same", ["-2147483648", "2147483647", "0", "1"]),
    "c_int8": ("bigint", "same", ["-9223372036854775808", "9223372036854775807", "0", "-1"]),
    "c_oid": ("oid", "same", ["0", "4294967295"]),
    "c_float4": ("real", "float4", ["-3.4028235e38", "3.4028235e38", "1e-45", "-0", "0", "nan", "infinity", "-infinity"]),
    "c_float8": ("double precision", "float8",
                 ["-1.7976931348623157e308", "1.7976931348623157e308", "5e-324", "-0", "0", "nan", "infinity", "-infinity"]),
    "c_zeros": ("double precision", "float8", ["0", "-0", "0", "-0"]),
    "c_num9": ("numeric(9,2)", "decimal", ["-9999999.99", "9999999.99", "0", "0.01", "-0.01", "1234.5"]),
    "c_num18": ("numeric(18,4)", "decimal", ["-99999999999999.9999", "99999999999999.9999", "0", "-0.0001", "10000", "1e8"]),
    "c_num38": ("numeric(38,10)", "decimal", ["-" + "9" * 28 + "." + "9" * 10, "9" * 28 + "." + "9" * 10, "0", "-1e-10", "1e20"]),
    "c_num38i": ("numeric(38,0)", "decimal", ["-" + "9" * 38, "9" * 38, "0", "-1", "10000"]),
    "c_num20": ("numeric(20,5)", "decimal", ["-999999999999999.99999", "255.00001", "-256", "1e4", "1e-5"]),
    "c_num_small": ("numeric(3,5)", "decimal", ["0.00999", "-0.00999", "0"]),
    "c_num_large": ("numeric(3,-2)", "decimal", ["99900", "-99900", "0"]),
    "c_date": ("date", "days", ["0001-01-01", "5874897-12-31", "1970-01-01", "1969-12-31", "2000-02-29"]),
    "c_ts": ("timestamp", "micros", ["0001-01-01 00:00:00", "294246-12-31 23:59:59.999999", "1970-01-01", "1969-12-31 23:59:59.999999"]),
    "c_tstz": ("timestamptz", "micros", ["0001-01-01 00:00:00+00", "294246-12-31 23:59:59.999999+00", "2024-03-31 02:30+01"]),
    "c_time": ("time", "micros", ["00:00", "23:59:59.999999", "12:34:56.000001"]),
    "c_text": ("text", "text", ["", "a", "ä€😀", "line\nbreak\t", "x" * MB3, "\U0010ffff" * 30, "z" * 70]),
    "c_varchar": ("varchar(10)", "text", ["", "0123456789"]),
    "c_char": ("char(5)", "padded", ["", "ab", "abcde"]),
    "c_name": ("name", "text", ["", "n" * 63]),
    "c_bytea": ("bytea", "bytes", ["", "\\x00ff", "\\x" + "ff" * 100, "\\x" + "00" * MB3]),
    "c_uuid": ("uuid", "same", ["00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff"]),
    "c_json": ("json", "text", ["{}", '{"a":  1}', '"%s"' % ("j" * MB3)]),
    "c_jsonb": ("jsonb", "text", ["{}", '{"a":  1, "b": [null, 1.50]}', '"%s"' % ("j" * MB3)]),
    "c_enum": ("mood", "text", ["sad", "happy"]),
    "c_domain": ("positive", "same", ["1", "2147483647"]),
    "c_inet": ("inet", "text", ["10.0.0.1", "::1/64"]),
    "c_cidr": ("cidr", "text", ["10.0.0.0/8"]),
    "c_macaddr": ("macaddr", "text", ["08:00:2b:01:02:03"]),
    "c_interval": ("interval", "text", ["1 year 2 mons -3 days 04:05:06.7", "0"]),
    "c_timetz": ("timetz", "text", ["23:59:59.999999-15:59", "24:00:00+00"]),
    "c_bits": ("bit varying", "text", ["", "101"]),
    "c_range": ("int4range", "text", ["empty", "[1,5)", "(,)"]),
    "c_multi": ("int4multirange", "text", ["{}", "{[1,2),[5,6)}"]),
    "c_xml": ("xml", "text", ["<a/>"]),
    "c_point": ("point", "text", ["(1,-0.5)"]),
    "c_tsvector": ("tsvector", "text", ["", "'a':1 'b'"]),
    "c_lsn": ("pg_lsn", "text", ["FFFFFFFF/FFFFFFFF"]),
    "c_money": ("money", "text", ["-92233720368547758.08"]),
    "c_null": ("integer", "same", []),
    "c_ints": ("integer[]", "json", ["{}", "{1,NULL,3}", "{NULL}", "{-2147483648}"]),
    "c_texts": ("text[]", "json", ["{}", '{"",a,NULL}', "{NULL}", '{"%s"}' % ("l" * MB3)]),
    "c_pair": ("pair", "json", ["(1,a)", "(,)", '(2,"")']),
    "c_pairs": ("pair[]", "json", ["{}", '{"(1,a)",NULL,"(,b)"}', '{"(,)"}']),
    "c_deep": ("deep", "json", ['(1,"{}","(3,c)")', '(,"{1,NULL}",)', '(,,"(,)")', '(2,"{7,8,9}","(4,)")']),
    "c_deeps": ("deep[]", "json", ["{}", '{"(1,\\"{}\\",\\"(3,c)\\")",NULL,"(2,\\"{7,NULL,9}\\",)"}', '{"(,,)"}']),
}
NULLS_AND_VALUES = 1 + max(len(values) for _, _, values in TYPES.values())

SETUP = """
CREATE TYPE mood AS ENUM ('sad', 'happy');
CREATE DOMAIN positive AS integer CHECK (value > 0);
CREATE TYPE pair AS (a integer, b text);
CREATE TYPE deep AS (n bigint, list integer[], inner_pair pair);
CREATE SERVER lake FOREIGN DATA WRAPPER elt_file OPTIONS (root '%s');
CREATE TABLE kind (n integer, %s);
"""


def literal(text):
    return "'%s'" % text.replace("'", "''")


def setup(db, lake):
    columns = ", ".join("%s %s" % (name, sql_type) for name, (sql_type, _, _) in TYPES.items())
    rows = ["(%d, %s)" % (n, ", ".join(literal(values[n - 1]) if 0 < n <= len(values) else "NULL"
                                       for _, _, values in TYPES.values()))
            for n in range(NULLS_AND_VALUES)]
    db.sql("SET client_min_messages = error; CREATE EXTENSION pg_elt;")
    db.sql(SETUP % (lake, columns))
    db.sql("INSERT INTO kind VALUES %s;" % ",\n".join(rows))


def export(db, *exports):
    db.sql("".join("SELECT * FROM elt.export(%s, 'lake', %s%s);\n" % (literal(query), literal(path), options)
                   for query, path, options in exports))


def wanted_values(db):
    """{column: [canonical value of each row]}"""
    parts = ["'%s', json_agg(%s ORDER BY n)" % (name, KINDS[kind][0].format(name)) for name, (_, kind, _) in TYPES.items()]
    # few arguments a call
    objects = ["json_build_object(%s)" % ", ".join(parts[i:i + 20]) for i in range(0, len(parts), 20)]
    rows = db.sql("SELECT %s FROM kind;" % " || E'\\n' || ".join("%s::text" % o for o in objects))
    result = {}
    for line in rows.splitlines():
        result.update(json.loads(line))
    for name, (_, kind, _) in TYPES.items():
        if kind == "json":
            result[name] = [value if value is None else json.loads(value) for value in result[name]]
    return result


def canonical(kind, values):
    convert = KINDS[kind][1]
    return [value if value is None or convert is None else convert(value) for value in values]


# ---- the two readers ----


def arrow_values(table):
    import pyarrow as pa
    result = {}
    for name, (_, kind, _) in TYPES.items():
        column = table.column(name)
        if isinstance(column.type, pa.BaseExtensionType):
            column = pa.chunked_array([chunk.storage for chunk in column.chunks], column.type.storage_type)
        if kind == "days":
            column = column.cast(pa.int32())
        if kind == "micros":
            column = column.cast(pa.int64())
        values = column.to_pylist()
        if name == "c_uuid":
            values = [value if value is None else dashed(value) for value in values]
        result[name] = canonical(kind, values)
    return result


def dashed(value):
    text = bytes(value).hex()
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))


DUCK = {"days": "date_diff('day', DATE '1970-01-01', {0})", "micros": "epoch_us({0})"}


def duck_values(path):
    import duckdb
    expressions = ", ".join(DUCK.get(kind, "{0}").format(name) for name, (_, kind, _) in TYPES.items())
    rows = duckdb.sql("SET TimeZone = 'UTC'; SELECT %s FROM read_parquet('%s') ORDER BY n" % (expressions, path)).fetchall()
    return {name: canonical(kind, [row[i] for row in rows]) for i, (name, (_, kind, _)) in enumerate(TYPES.items())}


def differences(got, wanted):
    return ["%s row %d: %r, wanted %r" % (name, i, g, w)
            for name in wanted for i, (g, w) in enumerate(zip(got[name], wanted[name])) if g != w][:5] + \
        ["%s: %d rows" % (name, len(got[name])) for name in wanted if len(got[name]) != len(wanted[name])]


# ---- tests ----


def test_variants(tap, db, lake):
    import pyarrow.parquet as pq
    wanted = wanted_values(db)
    export(db, *[("SELECT * FROM kind ORDER BY n", "kind_%s_%s.parquet" % variant,
                  ", compression => '%s', encoding => '%s'" % variant) for variant in VARIANTS])
    for codec, encoding in VARIANTS:
        path = lake / ("kind_%s_%s.parquet" % (codec, encoding))
        name = "every type with %s, %s" % (codec, encoding)
        faults = differences(arrow_values(pq.read_table(path, page_checksum_verification=True)), wanted)
        tap.ok(not faults, name + ": pyarrow", *faults)
        faults = differences(duck_values(path), wanted)
        tap.ok(not faults, name + ": DuckDB", *faults)
        used = {e for column in column_chunks(path) for e in column.encodings}
        tap.ok(used <= (ALLOWED if encoding == "delta" else ALLOWED - {"DELTA_BINARY_PACKED"}), name + ": encodings", used)


def column_chunks(path):
    import pyarrow.parquet as pq
    metadata = pq.ParquetFile(path).metadata
    return [metadata.row_group(g).column(c) for g in range(metadata.num_row_groups) for c in range(metadata.num_columns)]


def test_schema(tap, lake):
    import pyarrow.parquet as pq
    schema = pq.read_schema(lake / "kind_zstd_delta.parquet")
    said = {name: str(schema.field(name).type) for name in TYPES}
    wanted = {"c_bool": "bool", "c_int2": "int16", "c_int4": "int32", "c_int8": "int64", "c_oid": "int64", "c_float4": "float",
              "c_float8": "double", "c_num9": "decimal128(9, 2)", "c_num38": "decimal128(38, 10)", "c_num_small": "decimal128(5, 5)",
              "c_num_large": "decimal128(5, 0)", "c_date": "date32[day]", "c_ts": "timestamp[us]", "c_tstz": "timestamp[us, tz=UTC]",
              "c_time": "time64[us]", "c_text": "string", "c_bytea": "binary", "c_ints": "list<element: int32>",
              "c_pair": "struct<a: int32, b: string>", "c_inet": "string"}
    tap.equal({name: said[name] for name in wanted}, wanted, "types of pyarrow")


def test_bounds(tap, lake):
    chunks = {chunk.path_in_schema: chunk.statistics for chunk in column_chunks(lake / "kind_zstd_delta.parquet")}

    def bounds(name):
        statistics = chunks[name]
        return (statistics.min, statistics.max) if statistics.has_min_max else None
    tap.equal(bounds("c_float8"), None, "no bounds beside a NaN")
    low, high = bounds("c_zeros")
    tap.equal((math.copysign(1, low), math.copysign(1, high)), (-1, 1), "zeros have the signs that take in both")
    tap.equal(bounds("c_int8"), (-2 ** 63, 2 ** 63 - 1), "bounds of bigint")
    tap.equal(bounds("c_num38i"), (-(10 ** 38) + 1, 10 ** 38 - 1), "bounds of a long decimal are signed")
    tap.equal(bounds("c_name"), ("", "n" * 63), "short text is exact")
    tap.equal(chunks["c_text"].has_min_max, False, "text that no text follows has no bounds")
    tap.equal(bounds("c_bytea"), None, "bytes that no bytes follow have no bounds")
    low, high = bounds("c_json")
    tap.ok(high > b'"' + b"j" * 63 and len(high) <= 64, "long text is cut, and its highest bound raised", high)
    tap.equal(chunks["c_null"].null_count, NULLS_AND_VALUES, "nulls are counted")


ROWS = """SELECT g AS i, 'name ' || g % 1000 AS name, CASE WHEN g % 1000 > 0 THEN (g % 100000) / 8.0::float8 END AS f,
    'text ' || g * 7919::bigint % 1000003 AS distinct_text, timestamptz '2024-01-01 00:00+00' + g * interval '1 min' AS ts,
    CASE WHEN g > 600000 THEN g % 10 END AS late, ARRAY[g, g % 3] AS list,
    CASE WHEN g < 200000 THEN 'few' ELSE md5(g::text) END AS growing, hashint4(CASE WHEN g < 200000 THEN g % 5 ELSE g END) AS growing_number
    FROM generate_series(1, 1000100) g"""


def test_rows(tap, db, lake):
    """Several row groups and pages, a dictionary that is given up, ten thousand distinct texts, no rows."""
    import pyarrow.compute as pc
    import pyarrow.parquet as pq
    query = ROWS
    export(db, (query, "rows.parquet", ""), ("SELECT * FROM kind WHERE false", "none.parquet", ""),
           ('SELECT 1 AS "ä b.c", 2 AS "?column?", 3 AS "q""q"', "names.parquet", ""))
    sums = json.loads(db.value("SELECT json_build_array(count(*), sum(i), sum(length(name)), sum(f), md5(string_agg(distinct_text, ',' ORDER BY i)), "
                               "sum(extract(epoch FROM ts)::bigint), sum(late), count(late), sum(list[2]), min(name), "
                               "md5(string_agg(growing, ',' ORDER BY i)), sum(growing_number)) FROM (%s) q" % query))
    table = pq.read_table(lake / "rows.parquet", page_checksum_verification=True)
    import pyarrow as pa
    got = [table.num_rows, pc.sum(table["i"]).as_py(), pc.sum(pc.utf8_length(table["name"])).as_py(), pc.sum(table["f"]).as_py(),
           hashlib.md5(",".join(table["distinct_text"].to_pylist()).encode()).hexdigest(),
           pc.sum(pc.divide(table["ts"].cast(pa.int64()), 1000000)).as_py(), pc.sum(table["late"]).as_py(), table["late"].length() - table["late"].null_count,
           pc.sum(pc.list_element(table["list"], 1)).as_py(), pc.min(table["name"]).as_py(),
           hashlib.md5(",".join(table["growing"].to_pylist()).encode()).hexdigest(), pc.sum(table["growing_number"]).as_py()]
    tap.equal(got, sums, "a million rows: pyarrow")
    import duckdb
    got = list(duckdb.sql("SET TimeZone = 'UTC'; SELECT count(*), sum(i), sum(length(name)), sum(f), md5(string_agg(distinct_text, ',' ORDER BY i)), "
                          "sum(epoch_us(ts)) // 1000000, sum(late), count(late), sum(list[2]), min(name), "
                          "md5(string_agg(growing, ',' ORDER BY i)), sum(growing_number) FROM '%s'" % (lake / "rows.parquet")).fetchall()[0])
    tap.equal([int(v) if isinstance(w, int) else v for v, w in zip(got, sums)], sums, "a million rows: DuckDB")
    found = duckdb.sql("SELECT count(*) FROM '%s' WHERE i BETWEEN 999990 AND 1000010" % (lake / "rows.parquet")).fetchall()[0][0]
    tap.equal(found, 21, "a filter across row groups")
    metadata = pq.ParquetFile(lake / "rows.parquet").metadata
    used = {name: set(metadata.row_group(0).column(c).encodings) - {"RLE"} for c in range(metadata.num_columns)
            for name in [metadata.row_group(0).column(c).path_in_schema]}
    tap.equal([sorted(used[name]) for name in ("growing", "growing_number", "i", "distinct_text")],
              [["PLAIN", "RLE_DICTIONARY"], ["DELTA_BINARY_PACKED", "PLAIN", "RLE_DICTIONARY"], ["DELTA_BINARY_PACKED"], ["PLAIN"]],
              "dictionaries are used, given up and not begun")
    tap.equal([metadata.row_group(g).num_rows for g in range(metadata.num_row_groups)], [1000000, 100], "row groups")
    tap.equal(pq.read_table(lake / "none.parquet").num_rows, 0, "no rows: pyarrow")
    tap.equal(duckdb.sql("SELECT count(*) FROM '%s'" % (lake / "none.parquet")).fetchall()[0][0], 0, "no rows: DuckDB")
    tap.equal(pq.read_table(lake / "names.parquet").to_pylist(), [{"ä b.c": 1, "?column?": 2, 'q"q': 3}], "odd names")


def test_index(tap, lake):
    """Bounds and first rows of pages, against the rows themselves."""
    import pyarrow.parquet as pq
    path = lake / "rows.parquet"
    table = pq.read_table(path)

    def number(code):
        return lambda data: struct.unpack("<" + code, data)[0]
    conversions = {"i": number("i"), "name": bytes, "f": number("d"), "distinct_text": bytes, "late": number("i")}
    columns = {name: ([value.encode() if isinstance(value, str) else value for value in table[name].to_pylist()], convert)
               for name, convert in conversions.items()}
    metadata = pq.ParquetFile(path).metadata
    groups = [metadata.row_group(g).num_rows for g in range(metadata.num_row_groups)]
    found = parquet_index.faults(path, table.num_rows, groups, columns)
    tap.ok(not found, "page indexes of a million rows", *found[:5])
    indexed = parquet_index.chunks(path)
    tap.ok(all(column is not None for name in conversions for _, column, _, _ in indexed[name]), "every column has one")
    tap.equal([column[4] for _, column, _, _ in indexed["i"]], [1, 1], "the order of a sorted column is told")
    tap.ok(len(indexed["list.list.element"][0][2]) > 1, "a list has several pages")


# ---- Spark, in make soak alone: it is large, and its machine starts slowly ----

SPARK = "pyspark==3.5.3"
SPARK_LACKS = ("c_time", "c_uuid")
SPARK_VALUES = {
    "days": "datediff({0}, DATE '1970-01-01')", "micros": "unix_micros(CAST({0} AS timestamp))",
    "text": "concat(octet_length({0}), ' ', md5(CAST({0} AS binary)))", "padded": "concat(octet_length({0}), ' ', md5(CAST({0} AS binary)))",
    "bytes": "concat(octet_length({0}), ' ', md5({0}))", "json": "CAST(to_json(named_struct('v', {0}), map('ignoreNullFields', 'false')) AS string)",
}


def spark_value(kind, value):
    if value is None:
        return None
    if kind == "json":
        return json.loads(value)["v"]
    # Spark writes a number in another of its forms
    return value if kind in ("text", "padded", "bytes", "decimal") else KINDS[kind][1](value)


def start_spark():
    """A session, or why there is none."""
    if shutil.which("java") is None:
        return None, "no java"
    done = subprocess.run([sys.executable, "-m", "pip", "install", "-q", SPARK], capture_output=True, text=True)
    if done.returncode:
        return None, "%s cannot be installed" % SPARK
    from pyspark.sql import SparkSession
    session = (SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false").config("spark.ui.showConsoleProgress", "false")
               .config("spark.sql.session.timeZone", "UTC")
               .config("spark.sql.parquet.datetimeRebaseModeInRead", "CORRECTED")
               .config("spark.sql.parquet.datetimeRebaseModeInWrite", "CORRECTED")
               .config("spark.sql.parquet.int96RebaseModeInWrite", "CORRECTED").getOrCreate())
    session.sparkContext.setLogLevel("OFF")
    return session, None


def test_spark(tap, db, lake):
    spark, reason = start_spark()
    if spark is None:
        tap.skip("Spark", reason)
        return
    names = [name for name in TYPES if name not in SPARK_LACKS]
    wanted = {name: values for name, values in wanted_values(db).items() if name in names}
    for name in names:
        if TYPES[name][1] == "decimal":
            wanted[name] = [value if value is None else decimal.Decimal(value) for value in wanted[name]]
    for encoding in ("delta", "compatible"):
        path = "spark_%s.parquet" % encoding
        export(db, ("SELECT n, %s FROM kind" % ", ".join(names), path, ", encoding => '%s'" % encoding))
        expressions = [SPARK_VALUES.get(TYPES[name][1], "{0}").format(name) + " AS " + name for name in names]
        rows = spark.read.parquet(str(lake / path)).orderBy("n").selectExpr(*expressions).collect()
        found = differences({name: [spark_value(TYPES[name][1], row[name]) for row in rows] for name in names}, wanted)
        tap.ok(not found, "every type but %s, %s: Spark" % (" and ".join(SPARK_LACKS), encoding), *found)
    rows = spark.read.parquet(str(lake / "rows.parquet"))
    query = "name = 'name 7' AND i BETWEEN 99000 AND 1000050 OR f > 12000 OR distinct_text = 'text 7919' OR late = 3"
    tap.equal(rows.where(query).selectExpr("count(*)", "sum(i)").collect()[0][:],
              tuple(map(int, db.value("SELECT count(*) || ' ' || sum(i) FROM (%s) q WHERE %s" % (ROWS, query)).split())),
              "what Spark finds by statistics and page indexes")
    test_files_of_spark(tap, db, lake, spark, names)
    spark.stop()


# Of the session or the writer: as Spark writes without being asked, and as it does for others.
SPARK_WRITES = {
    "plain": {},
    "legacy": {"spark.sql.parquet.writeLegacyFormat": "true", "spark.sql.parquet.compression.codec": "gzip"},
    "micros": {"spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS", "spark.sql.parquet.compression.codec": "zstd"},
    "old": {"spark.sql.parquet.outputTimestampType": "TIMESTAMP_MILLIS", "spark.sql.parquet.compression.codec": "lz4raw"},
}


def test_files_of_spark(tap, db, lake, spark, names):
    """What Spark has read of ours, and writes, is read as the table that it came from."""
    # in INT96, Spark wraps times beyond some
    source = {name: "CASE WHEN k.c_tstz < '9999-01-01' THEN k.c_tstz END" if name == "c_tstz" else "k." + name for name in names}
    export(db, ("SELECT n, %s FROM kind k" % ", ".join("%s AS %s" % (source[name], name) for name in names), "spark_source.parquet", ""))
    rows = spark.read.parquet(str(lake / "spark_source.parquet"))
    columns = ", ".join("%s %s" % (name, TYPES[name][0]) for name in names)
    for form, settings in SPARK_WRITES.items():
        for name, value in settings.items():
            spark.conf.set(name, value)
        rows.write.parquet(str(lake / ("by_spark_" + form)))
        for name in settings:
            spark.conf.unset(name)
        db.sql("CREATE FOREIGN TABLE spark_%s (n integer, %s) SERVER lake OPTIONS (glob 'by_spark_%s/*.parquet', format 'parquet')"
               % (form, columns, form))
        compared = {name: "date_trunc('milliseconds', %s)" % source[name] if form == "old" and name == "c_tstz" else source[name]
                    for name in names}
        found = db.sql("SELECT %s FROM kind k FULL JOIN spark_%s s USING (n) WHERE k.n IS NULL OR s.n IS NULL OR %s;" % (
            "n, concat_ws(' ', %s)" % ", ".join("CASE WHEN (%s)::text IS DISTINCT FROM s.%s::text THEN '%s' END" % (compared[name], name, name)
                                               for name in names), form,
            " OR ".join("(%s)::text IS DISTINCT FROM s.%s::text" % (compared[name], name) for name in names)))
        tap.ok(not found, "every type but %s, as Spark writes it (%s)" % (" and ".join(SPARK_LACKS), form), found)


def body(tap):
    lake = pathlib.Path(os.environ["ELT_WORK"]) / "run" / "parquet_types"
    lake.mkdir(parents=True, exist_ok=True)
    db = Database("parquet_types")
    setup(db, lake)
    test_variants(tap, db, lake)
    test_schema(tap, lake)
    test_bounds(tap, lake)
    test_rows(tap, db, lake)
    test_index(tap, lake)
    if os.environ.get("ELT_SOAK"):
        test_spark(tap, db, lake)


def main():
    if "ELT_PARQUET_TESTED_BY" not in os.environ:
        python = subprocess.run([HERE.parent / "lib" / "parquet_python"], capture_output=True, text=True)
        if python.returncode:
            print("1..0 # SKIP %s" % python.stdout.strip())
            return 0
        path = python.stdout.strip()
        os.execve(path, [path, __file__], {**os.environ, "ELT_PARQUET_TESTED_BY": path})
    return Tap().run(body)


if __name__ == "__main__":
    sys.exit(main())
