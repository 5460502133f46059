"""Types of columns, and texts that they take, or do not."""
import json
import re

NUMBERS = ["0", "1", "-1", "7", "42", "999", "1000", "32767", "32768", "2147483648", "-9223372036854775808",
           "9223372036854775808", "0.5", "-0.0", "1.005", "123456.789", "1e3", "1E-7", "12345678901234567890.123"]
SMALL = ["1", "7", "42", "999", "1000", "0", "-1", "101", "8.0", "x"]
BAD_NUMBERS = ["abc", "", " 5 ", "1,5", "0x10", "1e", "--1", "NaN", "Infinity", "1e400", "١"]
DATES = ["2024-01-01", "2000-02-29", "1999-12-31", "infinity", "2024-02-30", "0001-01-01", "20240101", "tomorrow"]
TIMES = ["2024-01-01 00:00:00", "2024-03-31T02:30:00", "2024-06-01T12:00:00Z", "2024-06-01 12:00:00.123456+02",
         "2024-01-01 24:00:00", "2024-01-01 25:00", "-infinity", "1e10"]
TEXTS = ["a", "", "abc", "abcd", "héé", "日本語", "a\tb", "line\nbreak", 'q"uote', "back\\slash", "x" * 300, " pad ",
         "{}", "null", "\U0001f600", "{1,2}", "(1,x)", "NULL", "a,b", "a;b", "'"]
JSONS = ['{"a": 1}', "[1, 2]", "null", "5", '"text"', '{"a": {"b": [1, {"c": null}]}}', "{}", "{", '{"a": NaN}',
         '{"a": "\\u0000"}', "1e1000000", "tru", '{"x": 1, "x": 2}', '{"a": 1e400}']

# type: texts that are typical of it, those that it takes first
TYPICAL = {
    "int2": SMALL, "int4": NUMBERS, "int8": NUMBERS, "float4": NUMBERS, "float8": NUMBERS, "numeric": NUMBERS,
    "numeric(6,2)": NUMBERS, "oid": NUMBERS, "money": ["1.50", "$3", "-7", "1e5", "x"],
    "bool": ["true", "false", "t", "no", "1", "maybe", "TRUE"],
    "text": TEXTS, "varchar(3)": TEXTS, "char(4)": TEXTS, "name": TEXTS, '"char"': TEXTS,
    "date": DATES, "timestamp": TIMES + DATES, "timestamptz": TIMES + DATES, "timestamp(0)": TIMES,
    "time": ["11:11", "22:22:22.5", "24:00", "25:00", "11:11:61", "allballs"],
    "timetz": ["11:11+02", "22:22:22Z", "24:00:00"], "time(0)": ["11:11:11.9", "23:59:59.9"],
    "interval": ["1 day", "2 days", "P1DT2H", "-1 2:03:04", "1 year 2 mons", "03:04:05", "1 fortnight"],
    "uuid": ["a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "A0EEBC999C0B4EF8BB6D6BB9BD380A11",
             "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a1", "{a0eebc99-9c0b4ef8-bb6d6bb9-bd380a11}"],
    "json": JSONS, "jsonb": JSONS,
    "bytea": ["\\x00ff", "\\xabc", "abc", "\\000\\377", "\\x", "a\\b"],
    "inet": ["10.0.0.1", "10.0.0.0/8", "::1", "fe80::1/64", "10.0.0.256", "10"],
    "cidr": ["10.0.0.0/8", "10.0.0.1/8", "::/0"], "macaddr": ["08:00:2b:01:02:03", "08002b010203", "08:00"],
    "int4[]": ["{1,2,3}", "{}", "{1,NULL}", "{{1,2},{3,4}}", "[0:1]={1,2}", "{1", "{a}", "{1,2}"],
    "text[]": ["{a,b}", '{"a,b",NULL}', "{", "{}", '{"\\""}'], "numeric[]": ["{1.5,2}", "{x}"],
    "inet[]": ["{10.0.0.1}", "{1}"], "recent[]": ["{2024-01-01}", "{1999-01-01}"],
    "bit(3)": ["101", "1", "1010", "x"], "varbit": ["101", ""], "point": ["(1,2)", "1,2", "(1"],
    "int4range": ["[1,5)", "empty", "(,)", "[5,1)", "1", "x"], "tstzrange": ["[2024-01-01,2024-02-01)", "["],
    "int4multirange": ["{[1,2),[5,6)}", "{}", "{["], "tsvector": ["a b", "'a':1A", "'a"], "xid": ["5", "x"],
    "positive": SMALL, "short": ["a", "", "abc", "héé", "日本語", "abcd", "xxxxx"], "price": ["1", "0", "42.5", "999999.99", "0.005", "-1", "1000000", "x"], "recent": DATES, "needed": TEXTS, "given": SMALL,
    "divisor": SMALL, "small": SMALL, "object": ['{"a": 1}', "{}", '{"a": {"b": []}}', "[1]", "5", "{"], "two": ["{1,2}", "{1,2,3}", "{", "{}"],
    "mood": ["sad", "ok", "happy", "angry", ""], "pair": ["(1,x)", "(,)", "(x,1)", "(1", '(1,"a,b")'],
}
TYPES = sorted(TYPICAL)
JSON_TYPES = ("json", "jsonb", "object")

WHOLE_TYPES = ("int2", "int4", "int8", "oid", "xid", "positive", "given", "divisor", "small")
TIME_TYPES = ("date", "timestamp", "timestamptz", "timestamp(0)", "time", "timetz", "time(0)", "interval", "recent",
              "recent[]", "tstzrange")
ISO = re.compile(r"\d{4}-\d\d-\d\d([ T]\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d(:\d\d)?)?)?|\d\d:\d\d(:\d\d(\.\d{1,6})?)?"
                 r"|-?\d+ days?|P\d+D(T\d+H)?|[^\d]*", re.ASCII)
RELATIVE = re.compile(r"now|today|tomorrow|yesterday|current", re.I)


def is_certain(type_name, text):
    """Whether only one reading of the text is right; others are for the tests of their concept."""
    if text is None:
        return True
    if type_name in WHOLE_TYPES:
        return re.search(r"[.eE]", text) is None
    if type_name in TIME_TYPES:
        return ISO.fullmatch(text) is not None and RELATIVE.search(text) is None
    return True


def normal(type_name, value):
    """A value's text as it is compared: json keeps the white space that it came with."""
    if type_name != "json" or value is None:
        return value
    try:
        return json.dumps(json.loads(value, object_pairs_hook=lambda members: {"members": members}, parse_int=str, parse_float=str))
    except ValueError:
        return value


def random_text(rng, type_name):
    """A text for a value; now and then one that is meant for another type."""
    kind = rng.random()
    typical = TYPICAL[type_name]
    if kind < 0.6:
        return rng.choice(typical[:(len(typical) + 1) // 2])
    if kind < 0.85:
        return rng.choice(typical)
    if kind < 0.93:
        return rng.choice(BAD_NUMBERS)
    return rng.choice(TYPICAL[rng.choice(TYPES)])
