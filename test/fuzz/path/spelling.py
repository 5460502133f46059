"""What options of a column make of the texts of its values, read independently.

A column of a case may have "options", as they are declared; an expression is one of EXPRESSIONS.
"""
import re

SPACE = " \t\n\r\f\v\u00a0\u202f\u2009\u3000"
NUMBER_TYPES = ("int2", "int4", "int8", "float4", "float8", "numeric", "numeric(6,2)", "positive", "given", "divisor",
                "small", "price")
NUMBER = re.compile(r"[%s]*([-+\u2212]?)[%s]*(\d*)(?:(,)(\d*))?([eE][+-]?\d+)?[%s]*(-?)[%s]*" % ((SPACE,) * 4), re.A)


class Refused(Exception):
    """The record is refused."""


def fails_with_a(text):
    if text is not None and "a" in text:
        raise Refused
    return text


def strict(function):
    return lambda text: None if text is None else function(text)


EXPRESSIONS = {
    "value || '!'": strict(lambda text: text + "!"),
    "replace(value, 'a', 'bb')": strict(lambda text: text.replace("a", "bb")),
    "coalesce(value, 'none')": lambda text: "none" if text is None else text,
    "nullif(nullif(value, ''), 'abc')": lambda text: None if text in ("", "abc") else text,
    "left(value, 2)": strict(lambda text: text[:2]),
    "split_part(value, 'b', 2)": strict(lambda text: (text.split("b") + [""])[1]),
    "btrim(value)": strict(lambda text: text.strip(" ")),
    "CASE WHEN value LIKE '%a%' THEN (1 / (length(value) - length(value)))::text ELSE value END": fails_with_a,
}


def plain_number(text):
    found = NUMBER.fullmatch(text)
    if not found:
        raise Refused
    before, whole, mark, fraction, exponent, behind = (part or "" for part in found.groups())
    if not whole + fraction or (before and behind):
        raise Refused
    sign = "-" if before in ("-", "\u2212") or behind else ""
    return sign + (whole or "0") + ("." + fraction if fraction else "") + exponent


def word(text, options):
    for name in ("true", "false"):
        if text.lower() in options[name].split("|"):
            return name
    raise Refused


def spelled(column, text, literal=False):
    """The text that the column's type reads; literal: it is a number, true or false of JSON."""
    options = column.get("options", {})
    if "expression" in options:
        return EXPRESSIONS[options["expression"]](text)
    if text is None:
        return None
    if "trim" in options and not literal:
        text = text.strip(SPACE)
    if "null" in options and text in options["null"].split("|"):
        return None
    if literal:
        return text
    if "decimal" in options:
        return plain_number(text)
    return word(text, options) if "true" in options else text


def random_options(rng, type_name, json_type):
    options = {}
    if type_name == "text" and rng.random() < 0.3:
        return {"expression": rng.choice(sorted(EXPRESSIONS))}
    if json_type:
        return options
    if type_name in NUMBER_TYPES and rng.random() < 0.4:
        options["decimal"] = ","
    if type_name == "bool" and rng.random() < 0.4:
        options.update({"true": "ja|t", "false": "nein|no"})
    if rng.random() < 0.1:
        options["trim"] = "true"
    if rng.random() < 0.1:
        options["null"] = rng.choice(["NA", "-1|x", "|NA", "42"])
    return options


def respelled(rng, column, text):
    """The text, mostly as the options of its column want it."""
    options = column.get("options", {})
    if rng.random() < 0.2:
        return text
    if "null" in options and rng.random() < 0.2:
        return rng.choice(options["null"].split("|"))
    if "decimal" in options:
        text = text.replace(".", ",")
    if "true" in options:
        text = rng.choice((options["true"] + "|" + options["false"]).split("|"))
    return " " + text + "\u00a0" if "trim" in options and rng.random() < 0.5 else text
