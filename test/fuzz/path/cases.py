"""Random cases: a foreign table, the files that it reads, and conditions on its rows.

A case is what JSON can hold, so that one that failed can be kept: {wrapper, format, options,
columns: [{name, type, path}], checks: [condition], files: [latin-1 text of the bytes]}.
"""
import gzip
import json
import os

import containers
import sheet_pages
import spelling
import values
import xml_pages

FILES = 10
MEMBERS = ["a", "b", "v", "w w", "käse", "key", "value", "x"]


def quoted(name):
    return name if name.isalnum() and name.isascii() else '"%s"' % name


class Shape:
    """Where the records of a page stand, and which places a column may have."""

    def __init__(self, rng, form):
        self.rng = rng
        self.kind = rng.choice(["root", "root", "list", "list", "nested", "arrays", "inner arrays", "members",
                                "lists" if form == "json" else "list", "deep"])
        self.records = {"root": None, "list": "$.data[*]", "nested": "$.orders[*].lines[*]", "arrays": "$",
                        "inner arrays": "$.sets[*]", "members": "$.map.keyvalue()",
                        "lists": "$.added[*], $.removed[*]", "deep": "$.r.s[*].t[*].u[*]"}[self.kind]

    def place(self, n):
        """A path for the column number n."""
        rng = self.rng
        inner = rng.choice(["m%d" % n] * 4 + ["o.m%d" % n, "l[%d]" % rng.randrange(3), quoted(rng.choice(MEMBERS))])
        if self.kind in ("arrays", "inner arrays"):
            if n == 0 or rng.random() < 0.7:
                return ("$.m%d[*]" if self.kind == "arrays" else "m%d[*]") % n
            return "$.unit" if rng.random() < 0.5 else "name"
        if self.kind == "members":
            return "key" if rng.random() < 0.3 else "value." + inner
        if self.kind != "root" and rng.random() < 0.25:
            return {"list": "$.unit", "lists": "$.unit", "nested": rng.choice(["$.orders[*].id", "$.unit"]),
                    "deep": rng.choice(["$.r.s[*].name", "$.r.s[*].t[*].m", "$.r.unit"])}[self.kind]
        return inner


class Pages:
    """Pages that fit a shape, more or less."""

    def __init__(self, rng, shape, columns):
        self.rng = rng
        self.shape = shape
        self.columns = columns

    def scalar(self, column):
        rng, type_name = self.rng, column["type"]
        kind = rng.random()
        if kind < 0.18:
            return "null"
        if kind < 0.21:
            return rng.choice(["true", "false", "{}", "[]", '{"a": [1]}', "[1, 2]", "NaN", '"\\u0000"', '"\\ud800"'])
        text = spelling.respelled(rng, column, values.random_text(rng, type_name))
        if type_name in containers.CONTAINERS and rng.random() < 0.3:
            return containers.random_json(rng, type_name)
        if type_name in values.JSON_TYPES and rng.random() < 0.9:
            return text
        if rng.random() < 0.4:
            try:
                if isinstance(json.loads(text, parse_float=str, parse_int=str, parse_constant=lambda word: None), str):
                    return text
            except ValueError:
                pass
        return json.dumps(text, ensure_ascii=rng.random() < 0.3)

    def put(self, tree, path, text):
        """Into tree, nested dicts of texts, where a relative path leads."""
        steps = path.split(".")
        for step in steps[:-1]:
            tree = tree.setdefault(step.strip('"'), {})
        last = steps[-1]
        if last.endswith("[*]"):
            tree[last[:-3]] = text
        elif last.endswith("]"):
            name, index = last[:-1].split("[")
            tree[name] = "[" + ", ".join(["5"] * int(index) + [text]) + "]"
        else:
            tree[last.strip('"')] = text

    def text(self, tree):
        if isinstance(tree, str):
            return tree
        members = list(tree.items())
        if self.rng.random() < 0.4:
            self.rng.shuffle(members)
        return "{" + ", ".join(json.dumps(name, ensure_ascii=False) + ":" + self.text(value)
                               for name, value in members) + "}"

    def filled(self, prefix, length=None):
        """A tree with the columns whose path begins so."""
        rng, tree = self.rng, {}
        if rng.random() < 0.2:
            tree[rng.choice(MEMBERS)] = rng.choice(["1", "{}", '"x"', '{"a": {"b": []}}'])
        for column in self.columns:
            path = column["path"]
            if not path.startswith(prefix) or (prefix == "" and path.startswith("$")) or rng.random() < 0.1:
                continue
            rest = path[len(prefix):]
            if "[*]" in rest[:-3]:
                continue
            text = self.scalar(column)
            if rest.endswith("[*]"):
                n = length if rng.random() < 0.95 else rng.randrange(4)
                text = rng.choice(["null"] + ["[" + ", ".join(self.scalar(column) for _ in range(n)) + "]"] * 30)
            self.put(tree, rest, text)
        return tree

    def record(self):
        if self.rng.random() < 0.03:
            return self.rng.choice(["null", "5", "[]", '"x"', "[1]"])
        if self.shape.kind == "members":
            return self.text(self.filled("value."))
        return self.text(self.filled("", self.rng.randrange(4)))

    def list(self, make, most=6):
        return "[" + ", ".join(make() for _ in range(self.rng.randrange(most))) + "]"

    def nested(self, prefix, member, make):
        tree = self.filled(prefix)
        tree[member] = "null" if self.rng.random() < 0.1 else make()
        return self.text(tree)

    def document(self):
        kind, rng = self.shape.kind, self.rng
        if kind == "root":
            return self.list(self.record) if rng.random() < 0.7 else self.record()
        if kind == "arrays":
            return self.text(self.filled("$.", rng.randrange(6)))
        tree = self.filled("$.")
        if kind == "list":
            tree["data"] = self.list(self.record)
        elif kind == "inner arrays":
            tree["sets"] = self.list(self.record, 4)
        elif kind == "lists":
            tree["added"], tree["removed"] = self.list(self.record, 4), self.list(self.record, 3)
        elif kind == "members":
            tree["map"] = {"k%d" % i: self.record() for i in range(rng.randrange(4))}
        elif kind == "nested":
            tree["orders"] = self.list(lambda: self.nested("$.orders[*].", "lines",
                                                           lambda: self.list(self.record, 3)), 4)
        else:
            tree["r"] = self.nested("$.r.", "s", lambda: self.list(lambda: self.nested(
                "$.r.s[*].", "t", lambda: self.list(lambda: self.nested(
                    "$.r.s[*].t[*].", "u", lambda: self.list(self.record, 3)), 3)), 3))
        return self.text(tree)

    def lines(self):
        ends = self.rng.choice(["\n", "\n", "\r\n", "\n\n"])
        text = ends.join(self.document() for _ in range(self.rng.randrange(6)))
        return text + (ends if self.rng.random() < 0.8 else "")


def csv_page(rng, columns, options):
    delimiter, quote = options.get("delimiter", ","), options.get("quote", '"')
    null = options.get("null", "")

    def field(text):
        if text is None:
            return null
        if quote and (text == null or any(c in text for c in delimiter + quote + "\r\n") or rng.random() < 0.1):
            return quote + text.replace(quote, quote * 2) + quote
        return text

    def record():
        texts = [None if rng.random() < 0.15 else
                 spelling.respelled(rng, columns[n], values.random_text(rng, columns[n]["type"])) for n in order]
        if rng.random() < 0.03:
            texts = texts[1:] or ["x", "y"]
        return delimiter.join(map(field, texts))

    order = list(range(len(columns)))
    end = rng.choice(["\n", "\n", "\r\n", "\r"])
    lines = []
    if options.get("header") != "false":
        rng.shuffle(order)
        lines.append(delimiter.join(field(columns[n]["path"]) for n in order))
    lines += [record() for _ in range(rng.randrange(8))]
    return end.join(lines) + (end if rng.random() < 0.8 else "")


def place_columns(rng, columns):
    """Positions one after another, with gaps."""
    at = 1
    for column in columns:
        del column["path"]
        at += rng.randrange(3)
        width = rng.choice([1, 4, 10, 30])
        last = column is columns[-1] and rng.random() < 0.5
        column.setdefault("options", {})["position"] = "%d-%s" % (at, "" if last else at + width - 1)
        at += width


def fixed_page(rng, columns):
    def line():
        text = ""
        for column in columns:
            first, _, last = column["options"]["position"].partition("-")
            value = "" if rng.random() < 0.15 else spelling.respelled(rng, column, values.random_text(rng, column["type"]))
            value = value.replace("\r", " ").replace("\n", " ")
            if last:
                value = value[:int(last) - int(first) + 1]
                value = value.rjust(int(last) - int(first) + 1) if rng.random() < 0.3 else value.ljust(int(last) - int(first) + 1)
            text = text.ljust(int(first) - 1) + value
        return text + (" tail" if rng.random() < 0.1 and last else "")

    end = rng.choice(["\n", "\r\n", "\r"])
    return end.join(line() for _ in range(rng.randrange(8)))


def encoded(rng, text, form):
    """In UTF-8, or now and then what a byte order mark says."""
    if form in ("csv", "fixed") and rng.random() < 0.2:
        encoding = rng.choice(["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be", "utf-8"])
        return ("\ufeff" + text).encode(encoding, "replace")
    return text.encode("utf-8", "replace")


# ---- mutations

MARKS = [b"[", b"]", b"{", b"}", b'"', b",", b":", b"\\", b"\n", b" ", b"\0", b"\xff", b"\xe9", b"null", b"NaN", b"-",
         b"0", b"e", b"\r", b";", b'""', b"{}", b"[[", b"\\u0000", b"\xef\xbb\xbf", b" x",
         b"<", b">", b"/>", b"&", b"&lt;", b"<c>", b"</c>", b"<!--", b"]]>", b"<?x?>", b"<!DOCTYPE r []>", b"&x;"]


def truncate(rng, data):
    return data[:rng.randrange(len(data))]


def insert(rng, data):
    at = rng.randrange(len(data) + 1)
    return data[:at] + rng.choice(MARKS) + data[at:]


def insert_at_mark(rng, data):
    """Before or behind a byte that means something, where parsers change their state."""
    at = rng.choice([i for i, byte in enumerate(data) if byte in b'[]{},:"\n'] or [0]) + rng.randrange(2)
    return data[:at] + rng.choice(MARKS) + data[at:]


def delete(rng, data):
    at = rng.randrange(len(data))
    return data[:at] + data[at + rng.choice([1, 1, 1, 2, 7]):]


def flip(rng, data):
    at = rng.randrange(len(data))
    return data[:at] + bytes([rng.randrange(256)]) + data[at + 1:]


def repeat(rng, data):
    a, b = sorted(rng.randrange(len(data) + 1) for _ in range(2))
    return data[:b] + data[a:b] + data[b:]


def break_line(rng, data):
    """Something before one of the lines, and behind it."""
    lines = data.split(b"\n")
    at = rng.randrange(len(lines))
    lines[at] = rng.choice([b"[", b"", b"{"]) + lines[at] + rng.choice([b" x", b"", b"}", b",", b"{}"])
    return b"\n".join(lines)


def mutate(rng, data):
    for _ in range(rng.choice([0, 0, 0, 0, 1, 1, 1, 1, 2, 4])):
        if data:
            data = rng.choice([truncate, insert, insert_at_mark, delete, flip, repeat, break_line])(rng, data)
    return data


def packed(rng, data, wrapper):
    kind = rng.random()
    if kind < 0.9 or wrapper == "elt_http":
        return data
    data = gzip.compress(data, 1, mtime=0)
    return data if kind < 0.97 else mutate(rng, data)


# ---- conditions

def literal(text):
    return "'" + text.replace("'", "''") + "'"


def random_check(rng, columns):
    column = rng.choice(columns)
    name, type_name = column["name"], column["type"]
    texts = [values.random_text(rng, type_name).replace("\0", "") for _ in range(3)]
    other = rng.choice(columns)["name"]
    return rng.choice([
        "%s IS NOT NULL" % name, "%s IS NULL" % name, "%s <> %s" % (name, literal(texts[0])),
        "%s >= %s" % (name, literal(texts[0])), "%s BETWEEN %s AND %s" % (name, *map(literal, texts[:2])),
        "%s IN (%s)" % (name, ", ".join(map(literal, texts))),
        "%s NOT IN (%s)" % (name, ", ".join(map(literal, texts[:2]))),
        "%s = %s" % (name, other), "%s > 0" % name, "length(%s) < 4" % name, "%s LIKE '%%a%%'" % name,
        "%s ~ '^[a-z]+$'" % name, "%s IS NOT NULL OR %s IS NOT NULL" % (name, other),
        "NOT (%s = %s AND %s IS NULL)" % (name, literal(texts[0]), other),
        "%s IS DISTINCT FROM %s" % (name, literal(texts[1])), "100 / %s > 1" % name,
        "coalesce(%s = %s, false)" % (name, literal(texts[2]))])


def random_columns(rng, place, types=values.TYPES):
    columns = []
    for n in range(rng.randrange(1, 6)):
        columns.append({"name": "c%d" % n, "type": rng.choice(types), "path": place(n)})
    return columns


def give_options(rng, columns):
    for column in columns:
        options = spelling.random_options(rng, column["type"], column["type"] in values.JSON_TYPES)
        if options:
            column["options"] = options


def random_case(rng):
    kind = rng.choice(["json", "json", "json", "jsonl", "jsonl", "csv", "csv", "fixed", "xlsx", "xml"])
    case = {"wrapper": "elt_file", "format": os.environ.get("ELT_FUZZ_FORMAT") or kind, "options": {}}
    if case["format"] == "csv":
        options = case["options"]
        columns = random_columns(rng, lambda n: rng.choice(["m%d" % n, "field %d" % n]))
        if rng.random() < 0.4:
            options["delimiter"] = rng.choice([";", "\t", "|", "||", "<>", "§"])
        if rng.random() < 0.3:
            options["fill_missing"] = "true"
        if rng.random() < 0.2:
            options["quote"] = rng.choice(["'", ""])
        if rng.random() < 0.3:
            options["null"] = rng.choice(["NULL", "\\N", "-"])
        if rng.random() < 0.3:
            options["header"] = "false"
            for column in columns:
                del column["path"]
        give_options(rng, columns)
        make = lambda: csv_page(rng, columns, options)
    elif case["format"] == "xlsx":
        columns = random_columns(rng, lambda n: rng.choice(["m%d" % n, "field %d" % n]))
        if rng.random() < 0.3:
            case["options"]["null"] = rng.choice(["NULL", "-"])
        if rng.random() < 0.3:
            case["options"]["header"] = "false"
            for column in columns:
                del column["path"]
        give_options(rng, columns)
        pages = sheet_pages.Pages(rng, columns, case["options"])
    elif case["format"] == "fixed":
        columns = random_columns(rng, lambda n: None)
        give_options(rng, columns)
        make = lambda: fixed_page(rng, columns)
        place_columns(rng, columns)
    elif case["format"] == "xml":
        shape = xml_pages.Shape(rng)
        columns = random_columns(rng, lambda n: shape.place(rng, n), xml_pages.TYPES)
        case["options"]["records"] = shape.records
        make = xml_pages.Pages(rng, shape, columns).document
    else:
        shape = Shape(rng, case["format"])
        columns = random_columns(rng, shape.place)
        if case["format"] == "json" and (shape.kind == "lists" or rng.random() < 0.4):
            case["wrapper"] = "elt_http"
        if shape.records:
            case["options"]["records"] = shape.records
        give_options(rng, columns)
        pages = Pages(rng, shape, columns)
        make = pages.lines if case["format"] == "jsonl" else pages.document
    case["columns"] = columns
    case["checks"] = [random_check(rng, columns) for _ in range(rng.randrange(3))]
    if case["format"] == "xlsx":
        case["files"] = [pages.page(mutate).decode("latin-1") for _ in range(FILES)]
        return case
    case["files"] = [packed(rng, mutate(rng, encoded(rng, make(), case["format"])), case["wrapper"]).decode("latin-1")
                     for _ in range(FILES)]
    return case
