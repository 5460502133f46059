"""What a page holds, read independently: by Python's json, or by a plain CSV reader.

A reading is a list of Records, or BAD (the page is to be refused whole), or UNKNOWN (these readers cannot say).
"""
import json
import re

import containers
import sheet_pages
import values
from containers import Number, Surprise
from spelling import Refused, SPACE, spelled

BAD = "bad"
UNKNOWN = "unknown"

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
UNTOLD = re.compile(rb"\\u(0000|[dD][89a-fA-F])")


class Record:
    """Becomes these rows, each a list of texts (None: null), or None for one that is refused.

    shared are (column, text) that refuse the record as a whole."""

    def __init__(self, rows, shared=()):
        self.rows = rows
        self.shared = list(shared)


REJECT = Record([None])


class Broken:
    """A line that is not JSON: one reject, whatever stood before the fault."""

    def __init__(self, line):
        self.line = line


class BadPage(Exception):
    pass


def unique_members(pairs):
    members = dict(pairs)
    if len(members) < len(pairs):
        raise Surprise("a name comes twice")
    return members


def not_finite(word):
    raise Surprise(word)


def is_json(data):
    """By the most patient reading; bytes that are no UTF-8 are another matter."""
    try:
        json.loads(data.decode("latin-1"), strict=False)
    except (ValueError, RecursionError):
        return False
    return True


def parse(data):
    if UNTOLD.search(data) or data.startswith(BYTE_ORDER_MARK):
        raise Surprise("text")
    try:
        return json.loads(data.decode("utf-8"), object_pairs_hook=unique_members, parse_int=Number,
                          parse_float=Number, parse_constant=not_finite)
    except (UnicodeDecodeError, ValueError, RecursionError) as error:
        raise Surprise(str(error))


def dump(value):
    if isinstance(value, Number):
        return str(value)
    if isinstance(value, dict):
        return "{" + ",".join(json.dumps(k, ensure_ascii=False) + ":" + dump(v) for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(dump, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def text_of(value, column):
    """The text that a column is read from."""
    if isinstance(value, (dict, list)) and "expression" in column.get("options", {}):
        raise Surprise("the text of an object or array")
    if value is not None and column["type"] in values.JSON_TYPES:
        return dump(value)
    if isinstance(value, (dict, list)):
        return containers.literal(column["type"], value)
    if isinstance(value, bool):
        value = Number("true" if value else "false")
    return spelled(column, value, isinstance(value, Number))


# ---- paths: lists of steps, each a name, a number, or one of these

EACH = "[*]"
MEMBERS = ".keyvalue()"


def parse_path(text):
    steps = []
    for name, quoted, index in re.findall(r'\.?([^.\[\]"$]+)|\.?"([^"]*)"|\[([^\]]*)\]', text.lstrip("$")):
        if index:
            steps.append(EACH if index == "*" else int(index))
        elif name == "keyvalue()":
            steps.append(MEMBERS)
        else:
            steps.append("." + (name or quoted))
    return steps


def step_into(value, step):
    if isinstance(step, int):
        return value[step] if isinstance(value, list) and step < len(value) else None
    return value.get(step[1:]) if isinstance(value, dict) else None


def follow(value, steps):
    for step in steps:
        value = step_into(value, step)
    return value


def has_way(value, step):
    if step == EACH:
        return isinstance(value, list)
    if step == MEMBERS:
        return isinstance(value, dict)
    return isinstance(value, list) if isinstance(step, int) else isinstance(value, dict)


class JsonReading:
    def __init__(self, columns, records, lines):
        self.columns = columns
        self.records = parse_path(records) if records else None
        self.lines = lines

    def document(self, value):
        if self.records is None:
            steps = [EACH] if isinstance(value, list) else []
        else:
            steps = self.records
        items = []
        self.walk(value, steps, [value], items, single=not self.lines)
        return items

    def walk(self, value, steps, chain, items, single):
        level = len(chain) - 1
        if level == len(steps):
            items.append(self.record(chain, steps))
            return
        step = steps[level]
        if value is None:
            return
        if not has_way(value, step):
            if single:
                raise BadPage
            items.append(REJECT)
        elif step == EACH:
            for element in value:
                self.walk(element, steps, chain + [element], items, False)
        elif step == MEMBERS:
            for key, member in value.items():
                self.walk(member, steps, chain + [{"key": key, "value": member}], items, False)
        elif (step[1:] in value) if isinstance(step, str) else step < len(value):
            found = step_into(value, step)
            self.walk(found, steps, chain + [found], items, single)
        elif single:
            raise Surprise("a step is missing")

    def anchor(self, column, chain, steps):
        """The value that a column's path begins at, and the steps from there."""
        path = column.get("path") or '"%s"' % column["name"]
        if not path.startswith("$"):
            return chain[-1], parse_path(path), True
        own = parse_path(path)
        common = 0
        while common < len(steps) and common < len(own) and steps[common] == own[common]:
            common += 1
        return chain[common], own[common:], common == len(steps)

    def record(self, chain, steps):
        try:
            return self.rows(chain, steps)
        except Refused:
            return REJECT

    def rows(self, chain, steps):
        single, arrays, inside = {}, {}, []
        for n, column in enumerate(self.columns):
            base, rest, in_record = self.anchor(column, chain, steps)
            if in_record:
                inside.append(rest)
            if rest and rest[-1] == EACH:
                arrays[n] = follow(base, rest[:-1])
            else:
                single[n] = text_of(follow(base, rest), column)
        self.check_shape(chain[-1], inside, steps)
        if arrays:
            return self.rows_of_arrays(single, arrays)
        return Record([[single[n] for n in range(len(self.columns))]])

    def check_shape(self, record, inside, steps):
        if steps and steps[-1] == MEMBERS:
            return
        if any(not rest for rest in inside) or not inside:
            return
        members = any(isinstance(rest[0], str) and rest[0] != EACH for rest in inside)
        elements = any(not isinstance(rest[0], str) or rest[0] == EACH for rest in inside)
        if not (members and isinstance(record, dict)) and not (elements and isinstance(record, list)):
            raise Refused

    def rows_of_arrays(self, single, arrays):
        if any(a is not None and not isinstance(a, list) for a in arrays.values()):
            raise Refused
        lengths = {-1 if a is None else len(a) for a in arrays.values()}
        if max(lengths) > 0 and len(lengths) > 1:
            raise Refused
        return Record([self.row_of_arrays(single, arrays, i) for i in range(max(lengths))], single.items())

    def row_of_arrays(self, single, arrays, i):
        try:
            return [single[n] if n in single else text_of(arrays[n][i], column)
                    for n, column in enumerate(self.columns)]
        except Refused:
            return None


def read_json(data, columns, records):
    if not is_json(data):
        return UNKNOWN if data.startswith(BYTE_ORDER_MARK) else BAD
    items = []
    try:
        value = parse(data)
        for path in records.split(", ") if records else [None]:
            items += JsonReading(columns, path, False).document(value)
    except Surprise:
        return UNKNOWN
    except BadPage:
        return BAD
    return items


def read_lines(data, columns, records):
    items = []
    data = data.removeprefix(BYTE_ORDER_MARK)
    for line in data.split(b"\n"):
        line = line.strip(b" \t\r")
        if not line:
            continue
        if not is_json(line):
            items.append(Broken(line))
            continue
        try:
            items += JsonReading(columns, records, True).document(parse(line))
        except Surprise:
            return UNKNOWN
    return items


# ---- CSV

def csv_fields(data, delimiter, quote):
    """Records as lists of (text, was quoted). A Surprise where a quote is not where quotes belong."""
    records, fields, at = [], [], 0
    while at < len(data):
        quoted = quote and data[at:at + 1] == quote
        if quoted:
            text, at = quoted_field(data, at + 1, quote)
        else:
            end = re.compile(b"[\r\n]|" + re.escape(delimiter) + b"|$").search(data, at).start()
            text, at = data[at:end], end
            if quote and quote in text:
                raise Surprise("a quote inside of a field")
        fields.append((text, bool(quoted)))
        mark = data[at:at + 1]
        if data.startswith(delimiter, at):
            at += len(delimiter)
            if at == len(data):
                fields.append((b"", False))
        elif mark in (b"\r", b"\n", b""):
            at += 2 if data[at:at + 2] == b"\r\n" else 1
            records.append(fields)
            fields = []
        else:
            raise Surprise("text behind a closing quote")
    if fields:
        records.append(fields)
    return records


def quoted_field(data, at, quote):
    text = b""
    while True:
        end = data.find(quote, at)
        if end < 0:
            raise Surprise("a quote is not closed")
        text += data[at:end]
        if data[end + 1:end + 2] != quote:
            return text, end + 1
        text += quote
        at = end + 2


def field_order(columns, header, names):
    if not header:
        return list(range(len(columns)))
    order = []
    for column in columns:
        name = (column.get("path") or column["name"]).encode()
        if names.count(name) != 1:
            raise BadPage
        order.append(names.index(name))
    return order


def completed(fields, names, null, options):
    """With as many fields as the header, or None. Empty ones at the end are separators."""
    width = len(names)
    if len(fields) > width:
        return None if any(text or quoted for text, quoted in fields[width:]) else fields[:width]
    needed = width
    while options.get("header") != "false" and needed > 1 and not names[needed - 1]:
        needed -= 1
    if len(fields) < needed and options.get("fill_missing") != "true":
        return None
    return fields + [(null, False)] * (width - len(fields))


def csv_record(fields, names, order, null, columns, options):
    try:
        texts = [text.decode("utf-8") for text, _ in fields]
    except UnicodeDecodeError:
        return REJECT
    fields = completed(fields, names, null, options)
    if fields is None or any("\0" in text for text in texts):
        return REJECT
    texts = [text.decode("utf-8") for text, _ in fields]
    try:
        return Record([[csv_text(column, texts[at], fields[at][1], null.decode()) for column, at in zip(columns, order)]])
    except Refused:
        return REJECT


def csv_text(column, text, quoted, null):
    trimmed = text.strip(SPACE) if "trim" in column.get("options", {}) else text
    return spelled(column, None if not quoted and null in (text, trimmed) else text)


MARKS = ((b"\xff\xfe\0\0", "utf-32-le"), (b"\0\0\xfe\xff", "utf-32-be"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))


def as_utf8(data):
    """The text behind a byte order mark in UTF-8. A Surprise where it is not all characters."""
    for mark, encoding in MARKS:
        if data.startswith(mark):
            try:
                return data[len(mark):].decode(encoding).encode()
            except UnicodeError:
                raise Surprise("no text in its encoding")
    return data.removeprefix(BYTE_ORDER_MARK)


def names_delimiter(data):
    """A first line sep=; and the like; these readers have no need to know."""
    return re.match(rb'"?sep=', data, re.I)


def read_fixed(data, columns):
    """Lines that are cut at the positions of the columns."""
    records = []
    try:
        lines = re.split(b"\r\n|\n|\r", as_utf8(data))
    except Surprise:
        return UNKNOWN
    for line in filter(None, lines):
        records.append(fixed_record(line, columns))
    return records


def fixed_record(line, columns):
    try:
        line = line.decode("utf-8")
        if "\0" in line:
            return REJECT
        texts = []
        for column in columns:
            first, _, last = column["options"]["position"].partition("-")
            if len(line) < int(last or int(first) - 1):
                return REJECT
            texts.append(line[int(first) - 1:int(last) if last else None].strip(" "))
        return Record([[csv_text(column, text, False, "") for column, text in zip(columns, texts)]])
    except (UnicodeDecodeError, Refused):
        return REJECT


def read_csv(data, columns, options):
    delimiter = options.get("delimiter", ",").encode()
    quote = options.get("quote", '"').encode()
    header = options.get("header") != "false"
    null = options.get("null", "").encode()
    try:
        data = as_utf8(data)
        if names_delimiter(data):
            return UNKNOWN
        records = csv_fields(data, delimiter, quote)
        blank = [(b"", False)]
        if header:
            while records and records[0] == blank:
                records.pop(0)
            if not records:
                return []
        names = [text for text, _ in records.pop(0)] if header else columns
        order = field_order(columns, header, names)
    except Surprise:
        return UNKNOWN
    except BadPage:
        return BAD
    return [csv_record(fields, names, order, null, columns, options) for fields in records
            if fields != blank or len(names) == 1]


# ---- sheets of workbooks

def sheet_record(row, order, null, columns):
    try:
        texts = []
        for column, at in zip(columns, order):
            text, error = row.get(at, ("", False))
            value = csv_text(column, text, False, null) if text else spelled(column, None)
            if error and value is not None and text != null:
                return REJECT
            texts.append(value)
        return Record([texts])
    except Refused:
        return REJECT


def read_sheet(data, columns, options):
    rows = sheet_pages.rows_of(data)
    if rows is None:
        return UNKNOWN
    rows = [row for row in rows if any(text for text, _ in row.values())]
    order = range(len(columns))
    if options.get("header") != "false":
        if not rows:
            return []
        header = rows.pop(0)
        names = [header.get(n, ("", False))[0].encode() for n in range(max(header) + 1)]
        try:
            order = field_order(columns, True, names)
        except BadPage:
            return BAD
    return [sheet_record(row, order, options.get("null", ""), columns) for row in rows]
