"""The rows of the reading matrix, as pyarrow has them and as PostgreSQL shows them."""
import datetime
import decimal
import json
import math
import struct
import uuid

import pyarrow as pa

D = decimal.Decimal
EPOCH = datetime.datetime(1970, 1, 1)
ROWS = 2500


def text_float(value):
    """As PostgreSQL reads it."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return repr(value)


def single(value):
    """The nearest number that has 32 bits."""
    return struct.unpack("f", struct.pack("f", value))[0]


def half(value):
    return struct.unpack("e", struct.pack("e", value))[0]


def iso(value):
    return value.isoformat(sep=" ")


def of_days(days):
    return datetime.date(1970, 1, 1) + datetime.timedelta(days=days)


def of_micros(micros):
    return EPOCH + datetime.timedelta(microseconds=micros)


def of_clock(micros):
    return (EPOCH + datetime.timedelta(microseconds=micros)).time()


def edges(low, high):
    return [low, high, 0, 1, low + 1, high - 1]


FLOATS = [0.0, -0.0, 1.5, -2.25e300, 5e-324, 1.7976931348623157e308, math.nan, math.inf, -math.inf, 0.1]
TEXTS = ["", "a", "äöü €", "\t\\\n", "x" * 5000, "quote \" here", "null", "NaN", "\U0001f600"]
DAYS = [0, 1, -1, 19000, -719162, 2932896]
MICROS = [0, 1, -1, 1700000000123456, -62135596800000000, 253402300799999999]
MILLIS = [micros // 1000 * 1000 for micros in MICROS]
CLOCKS = [0, 86399999999, 1, 3600000000, 45296123456]
LISTS = [[], [1], [None], [1, 2, 3], [None, 7, None], list(range(300))]
NESTED = [[], [[]], [["a"], [], None, ["b", None, ""]], [["x" * 300]]]


def cycle(values):
    """Values of a column: each in turn, with gaps and stretches of nulls."""
    return [None if i % 7 == 3 or 900 < i < 1400 else values[i % len(values)] for i in range(ROWS)]


def column(name, declared, arrow, values, text=str, required=False):
    filled = [values[i % len(values)] for i in range(ROWS)] if required else cycle(values)
    return name, declared, pa.array(filled, arrow), [None if v is None else text(v) for v in filled]


def as_json(value):
    return json.dumps(value, ensure_ascii=False)


def array_text(value):
    return "{%s}" % ",".join("NULL" if v is None else str(v) for v in value)


def record_text(value):
    return "(%s,%s)" % ("" if value["a"] is None else value["a"],
                        "" if value["b"] is None else '"%s"' % value["b"])


def hexed(value):
    return "\\x" + value.hex()


def columns():
    """(name, type in PostgreSQL, array, texts)"""
    made = [
        column("bo", "bool", pa.bool_(), [True, False, True], lambda v: "t" if v else "f"),
        column("i8", "smallint", pa.int8(), edges(-2**7, 2**7 - 1)),
        column("i16", "smallint", pa.int16(), edges(-2**15, 2**15 - 1)),
        column("i32", "int", pa.int32(), edges(-2**31, 2**31 - 1)),
        column("i64", "bigint", pa.int64(), edges(-2**63, 2**63 - 1)),
        column("req", "int", pa.int32(), list(range(ROWS)), required=True),
        column("u8", "smallint", pa.uint8(), edges(0, 2**8 - 1)),
        column("u16", "int", pa.uint16(), edges(0, 2**16 - 1)),
        column("u32", "bigint", pa.uint32(), edges(0, 2**32 - 1)),
        column("u64", "numeric", pa.uint64(), edges(0, 2**64 - 1)),
        column("f32", "real", pa.float32(), [single(v) for v in FLOATS if not 1e38 < abs(v) < math.inf], text_float),
        column("f64", "float8", pa.float64(), FLOATS, text_float),
        column("st", "text", pa.string(), TEXTS),
        column("few", "text", pa.dictionary(pa.int32(), pa.string()), ["red", "green", "blue"]),
        column("many", "varchar(40)", pa.string(), ["value %d" % (i * i) for i in range(ROWS)], required=True),
        column("by", "bytea", pa.binary(), [b"", b"\x00\xff", b"abc", bytes(range(256))], hexed),
        column("fx", "bytea", pa.binary(5), [b"12345", b"\x00\x00\x00\x00\x00"], hexed),
        column("da", "date", pa.date32(), [of_days(d) for d in DAYS], iso_date),
        column("tm", "time", pa.time64("us"), [of_clock(c) for c in CLOCKS], str),
        column("tz", "timestamptz", pa.timestamp("us", "UTC"), [of_micros(m) for m in MICROS],
               lambda v: iso(v) + "+00"),
        column("ts", "timestamp", pa.timestamp("us"), [of_micros(m) for m in MICROS], iso),
        column("tm3", "timestamp", pa.timestamp("ms"), [of_micros(m) for m in MILLIS], iso),
        column("tn", "timestamp", pa.timestamp("ns"), [of_micros(m) for m in MICROS[:4]], iso),
        column("d9", "numeric(9,2)", pa.decimal128(9, 2), [D("1.50"), D("-9999999.99"), D("0.00")]),
        column("d18", "numeric", pa.decimal128(18, 4), [D("12345678901234.5678"), D("-0.0001")], lambda v: format(v, "f")),
        column("d38", "numeric", pa.decimal128(38, 10), [D("9" * 28 + ".0123456789"), D("-" + "1" * 28 + ".9999999999")]),
        column("no", "text", pa.string(), [None]),
        column("li", "int[]", pa.list_(pa.int32()), LISTS, array_text),
        column("ll", "jsonb", pa.list_(pa.list_(pa.string())), NESTED, as_json),
        column("co", "pair", pa.struct([("a", pa.int32()), ("b", pa.string())]),
               [{"a": 1, "b": "one"}, {"a": None, "b": None}, {"a": -5, "b": ""}], record_text),
        column("ls", "jsonb", pa.list_(pa.struct([("k", pa.string()), ("v", pa.list_(pa.int64()))])),
               [[], [{"k": "a", "v": [1, 2]}, {"k": None, "v": None}], [{"k": "", "v": []}]], as_json),
        column("ma", "jsonb", pa.map_(pa.string(), pa.float64()), [[], [("x", 1.5)], [("a", None), ("b", -2.0)]],
               lambda v: as_json(dict(v))),
    ]
    return made


def iso_date(value):
    return value.isoformat()


def uuids():
    return [uuid.UUID(int=i * 0x123456789ABCDEF) for i in range(5)]
