"""Faults: what can go wrong with an API, and the rules that make it happen.

A fault is a dict of the keys below. A rule adds which requests it matches, and
how often it fires. The same fault dict may stand in a scripted response.
"""
import itertools
import json
import re

from wire import Response, compact

WIRE_KEYS = ("delay", "hang", "drip", "cut", "reset", "gzip", "chunked", "close_after")
CONTENT_KEYS = ("status", "headers", "body", "json", "content_type", "html",
                "truncate", "drop_last", "bad_value", "null_name", "future", "empty")
RULE_KEYS = ("path", "query", "method", "times", "skip", "name")
TEN_YEARS = 10 * 366 * 86400
HTML = b"<!DOCTYPE html><html><head><title>Maintenance</title></head>" \
       b"<body><h1>We will be back soon</h1></body></html>"


class BadFault(ValueError):
    """The caller's fault does not make sense; the message says why."""


def loosen(key, value):
    """A query-string value as the JSON value that it stands for."""
    if not isinstance(value, str) or key in ("body", "path", "query", "name", "method"):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value


def check_keys(fault, allowed):
    unknown = sorted(set(fault) - set(allowed))
    if unknown:
        raise BadFault("unknown key %s; known: %s"
                       % (", ".join(unknown), ", ".join(sorted(allowed))))
    if not isinstance(fault.get("headers", {}), dict):
        raise BadFault("headers must be an object")


class Rule:
    """A fault, the requests that it hits, and how many of them."""

    def __init__(self, number, spec):
        spec = {key: loosen(key, value) for key, value in spec.items()}
        check_keys(spec, WIRE_KEYS + CONTENT_KEYS + RULE_KEYS)
        self.number = number
        self.name = spec.get("name", "")
        try:
            self.path = re.compile(spec.get("path", ""))
        except re.error as error:
            raise BadFault("path is not a regular expression: %s" % error) from error
        self.query = spec.get("query", "")
        self.method = spec.get("method", "")
        self.times = int(spec.get("times", 1))
        self.skip = int(spec.get("skip", 0))
        self.hits = 0
        self.fault = {key: value for key, value in spec.items() if key not in RULE_KEYS}
        if not self.fault:
            raise BadFault("the rule names no fault")

    def matches(self, request):
        return (self.path.search(request.path) is not None
                and self.query in request.query
                and self.method in ("", request.method))

    def fires(self):
        """Called once per matching request; -1 times is for ever."""
        if self.skip > 0:
            self.skip -= 1
            return False
        if self.times >= 0 and self.hits >= self.times:
            return False
        self.hits += 1
        return True

    def describe(self):
        return {"id": self.number, "name": self.name, "path": self.path.pattern,
                "query": self.query, "times": self.times, "skip": self.skip,
                "hits": self.hits, "fault": self.fault}


class Faults:
    def __init__(self, lock):
        self.lock = lock
        self.rules = []
        self.numbers = itertools.count(1)

    def add(self, spec):
        with self.lock:
            rule = Rule(next(self.numbers), spec)
            self.rules.append(rule)
            return rule

    def clear(self):
        with self.lock:
            self.rules = []

    def take(self, request):
        """The fault of the first rule that fires for this request, or {}."""
        with self.lock:
            for rule in self.rules:
                if rule.matches(request) and rule.fires():
                    return rule.fault
        return {}

    def describe(self):
        with self.lock:
            return [rule.describe() for rule in self.rules]


def header_pairs(headers):
    """An object of headers as pairs; a list value repeats the header."""
    pairs = []
    for name, value in headers.items():
        for one in value if isinstance(value, list) else [value]:
            pairs.append((name, str(one)))
    return pairs


def replaces_body(fault):
    return "body" in fault or "json" in fault or fault.get("html")


def apply(fault, make):
    """The response of make(), changed as the fault says.

    make() is not called when the fault brings its own body.
    """
    if replaces_body(fault):
        response = Response()
    elif set(fault) & {"status"} and int(fault["status"]) >= 400:
        response = Response(body=b"", content_type="text/plain; charset=utf-8")
    else:
        response = make()
    set_content(response, fault)
    damage(response, fault)
    response.wire = {**response.wire,
                     **{key: fault[key] for key in WIRE_KEYS if key in fault}}
    return response


def set_content(response, fault):
    if fault.get("html"):
        response.body, response.content_type = HTML, "text/html; charset=utf-8"
    if "json" in fault:
        response.body = compact(fault["json"])
    if "body" in fault:
        body = fault["body"]
        response.body = body.encode() if isinstance(body, str) else compact(body)
    if "status" in fault:
        response.status = int(fault["status"])
    if "content_type" in fault:
        response.content_type = fault["content_type"]
    named = {name.lower() for name in fault.get("headers", {})}
    response.headers = [pair for pair in response.headers if pair[0].lower() not in named]
    response.headers += header_pairs(fault.get("headers", {}))


def damage(response, fault):
    """Content damage, which needs the body as JSON or as bytes."""
    if not isinstance(response.body, bytes):
        return
    if set(fault) & {"drop_last", "bad_value", "null_name", "future", "empty"}:
        document = json.loads(response.body)
        for key, change in CHANGES.items():
            if key in fault and fault[key] is not None and fault[key] is not False:
                change(document, fault[key])
        response.body = compact(document)
    if fault.get("truncate"):
        keep = fault["truncate"]
        keep = len(response.body) // 2 if keep is True else int(keep)
        response.body = response.body[:keep]


def series_of(document, name):
    """The named series; True, 1 or no name is the first one, or the prices."""
    if "price" in document:
        return document
    for series in document.get("production_types", ()):
        if name in (True, 1, "", series["name"]):
            return series
    raise BadFault("the answer has no series %s to damage" % name)


def values_of(series):
    return series["price"] if "price" in series else series["data"]


def drop_last(document, name):
    values = values_of(series_of(document, name))
    del values[-1:]


def bad_value(document, spec):
    spec = spec if isinstance(spec, dict) else {"value": spec}
    values = values_of(series_of(document, spec.get("series", "")))
    values[int(spec.get("index", 0))] = spec.get("value", "n/a")


def null_name(document, name):
    series_of(document, name)["name"] = None


def future(document, index):
    index = -1 if index is True else int(index)
    document["unix_seconds"][index] += TEN_YEARS


def empty(document, _):
    """Empty arrays with status 200: an outage that looks like an answer."""
    for key, value in document.items():
        if isinstance(value, list):
            document[key] = []


CHANGES = {"drop_last": drop_last, "bad_value": bad_value, "null_name": null_name,
           "future": future, "empty": empty}
