"""Arrays and objects of JSON as values of arrays, ranges and composite types: independently made literals."""
import decimal
import re

from spelling import Refused

# type: (kind, whether its parts are integers)
CONTAINERS = {"int4[]": ("array", True), "text[]": ("array", False), "numeric[]": ("array", False), "inet[]": ("array", False),
              "recent[]": ("array", False), "two": ("array", True), "int4range": ("range", True), "tstzrange": ("range", False),
              "int4multirange": ("multirange", True), "pair": ("record", False)}
PAIR = (("a", True), ("b", False))
SAMPLES = {"array": ["[]", "[1, 2]", '["a", null]', "[[1, 2], [3, 4]]", "[[1], [2, 3]]", '["x,y", "q\\"", "b\\\\c"]', "[8.0]", "[1.5]",
                     '["10.0.0.1"]', "[true]", '[{"a": 1}]', '["NULL", ""]', '["2024-01-01"]'],
           "range": ["[1, 5]", "[null, 5]", "[5, 1]", "[1]", "[1, 2, 3]", '["1", 3]', "[[1], 2]"],
           "multirange": ["[[1, 2], [5, 7]]", "[]", "[1, 2]", "[[1, 2], null]"],
           "record": ['{"a": 1, "b": "x"}', '{"b": "x,y\\""}', "{}", '{"a": "z"}', '{"a": 2.0, "c": []}', '{"b": {"c": 1}}']}


class Number(str):
    """A number as it is written."""


class Surprise(Exception):
    """The page is beyond this reader."""


def random_json(rng, type_name):
    return rng.choice(SAMPLES[CONTAINERS[type_name][0]] if rng.random() < 0.9 else rng.choice(list(SAMPLES.values())))


def quoted(text):
    return '"%s"' % text.replace("\\", "\\\\").replace('"', '\\"')


def part_text(value, whole):
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (dict, list)):
        raise Refused
    if isinstance(value, Number):
        if re.search("[eE]", value) or value.startswith("-0"):
            raise Surprise("a number that numeric writes otherwise")
        if whole and decimal.Decimal(value) == int(decimal.Decimal(value)):
            return str(int(decimal.Decimal(value)))
    return str(value)


def array(items, whole):
    parts = []
    for item in items:
        if isinstance(item, list):
            parts.append(array(item, whole))
        else:
            parts.append("NULL" if item is None else quoted(part_text(item, whole)))
    return "{%s}" % ",".join(parts)


def span(bounds, whole):
    if len(bounds) != 2:
        raise Refused
    return "[%s)" % ",".join("" if bound is None else quoted(part_text(bound, whole)) for bound in bounds)


def spans(items, whole):
    if any(item is None for item in items):
        raise Refused
    return "{%s}" % ",".join(span(item, whole) if isinstance(item, list) else part_text(item, False) for item in items)


def literal(type_name, value):
    kind, whole = CONTAINERS.get(type_name, ("", False))
    if isinstance(value, dict):
        if kind != "record":
            raise Refused
        parts = ((value.get(name), number) for name, number in PAIR)
        return "(%s)" % ",".join("" if part is None else quoted(part_text(part, number)) for part, number in parts)
    makers = {"array": array, "range": span, "multirange": spans}
    if kind not in makers:
        raise Refused
    return makers[kind](value, whole)
