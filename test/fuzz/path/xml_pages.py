"""Pages of XML, and an independent reading of them by Python's expat.

Places of columns: mN and o.mN are elements of a record, @aN attributes of it, $.r.@u and $.r.s[*].@u
attributes above it, and $.r.unit an element that stands before the records.
"""
import re
import xml.etree.ElementTree as tree
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

import oracle
import values

TEXT_TYPES = ("text", "varchar(3)", "char(4)", "name", "short", "needed")
TYPES = ("int2", "int4", "int8", "float8", "numeric", "numeric(6,2)", "bool", "date", "timestamptz", "uuid", "inet",
         "interval", "positive", "price") + TEXT_TYPES
NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
SPACES = " \t\r\n"
# What a name may begin with and what it may go on with, beyond ASCII, in XML 1.0 of the fifth edition. At the
# beginning of a page U+FEFF is none of it, but the byte order mark.
BEGINS_NAME = re.compile("(?!\\A)[\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c\u200d\u2070-\u218f"
                         "\u2c00-\u2fef\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff]")
CONTINUES_NAME = re.compile("[\u00b7\u0300-\u036f\u203f\u2040]")


class Shape:
    def __init__(self, rng):
        self.nested = rng.random() < 0.4
        self.records = "$.r.s[*].c[*]" if self.nested else "$.r.c[*]"

    def place(self, rng, n):
        if rng.random() < 0.2:
            return rng.choice(["$.r.@u", "$.r.unit"] + ["$.r.s[*].@u"] * self.nested)
        return rng.choice(["m%d", "m%d", "m%d", "o.m%d", "@a%d", "x:m%d"]) % n


class Pages:
    def __init__(self, rng, shape, columns):
        self.rng, self.shape, self.columns = rng, shape, columns

    def text(self, column):
        return NOT_XML.sub("", values.random_text(self.rng, column["type"]))

    def content(self, column):
        rng, text = self.rng, self.text(column)
        if "]]>" not in text and rng.random() < 0.1:
            return "<![CDATA[%s]]>" % text
        if rng.random() < 0.05:
            return "<i>%s</i><!-- - -->" % escape(text)
        return escape(text) if rng.random() < 0.9 else " \n%s " % escape(text)

    def attribute(self, name, column):
        return " %s=%s" % (name, quoteattr(self.text(column)))

    def record(self):
        rng, attributes, inside, within = self.rng, "", [], []
        for column in self.columns:
            path = column["path"]
            if path.startswith("$") or rng.random() < 0.1:
                continue
            if path.startswith("@"):
                attributes += self.attribute(path[1:], column)
                continue
            name = path[2:] if path.startswith("o.") else path
            for _ in range(2 if rng.random() < 0.03 else 1):
                (within if path.startswith("o.") else inside).append("<%s>%s</%s>" % (name, self.content(column), name))
        if within or rng.random() < 0.1:
            inside.append("<o>%s</o>" % "".join(within))
        rng.shuffle(inside)
        return "<c%s>%s</c>" % (attributes, rng.choice(["", "\n  "]).join(inside))

    def above(self, path):
        columns = [column for column in self.columns if column["path"] == path]
        return self.attribute("u", columns[0]) if columns and self.rng.random() < 0.9 else ""

    def records(self):
        return "".join(self.record() for _ in range(self.rng.randrange(5)))

    def document(self):
        rng = self.rng
        units = [column for column in self.columns if column["path"] == "$.r.unit"]
        unit = "<unit>%s</unit>" % self.content(units[0]) if units and rng.random() < 0.9 else ""
        body = self.records() if not self.shape.nested else "".join(
            "<s%s>%s</s>" % (self.above("$.r.s[*].@u"), self.records()) for _ in range(rng.randrange(4)))
        return '%s<r xmlns:x="urn:x"%s>%s%s%s</r>\n' % (
            rng.choice(["", "<?xml version='1.0' encoding='UTF-8'?>\n"]), self.above("$.r.@u"), unit,
            rng.choice(["", "<y>5</y>", "<!-- c -->"]), body)


# ---- reading

def local(node):
    return node.tag.rpartition("}")[2]


def named(node, name):
    if name.startswith("x:"):
        return node.tag == "{urn:x}" + name[2:]
    return local(node) == name


def value_of(text, column):
    if column["type"] in TEXT_TYPES:
        return text
    return text.strip(SPACES) or None


def texts_at(nodes, steps):
    """Of the elements or the attribute that steps lead to."""
    for step in steps:
        if step.startswith("@"):
            return [value for node in nodes for name, value in node.attrib.items()
                    if name.rpartition("}")[2] == step[1:]]
        nodes = [child for node in nodes for child in node if named(child, step)]
    return ["".join(node.itertext()) for node in nodes]


def row_of(columns, chain):
    """chain: the root, what is between, and the record."""
    row = []
    for column in columns:
        path = column["path"]
        if not path.startswith("$"):
            found = texts_at(chain[-1:], path.split("."))
        else:
            found = texts_at(chain[len(path.split(".")) - 3:][:1], [path.rpartition(".")[2]])
        if len(found) > 1:
            return None
        row.append(value_of(found[0], column) if found else None)
    return row


def unit_is_late(columns, root, nested):
    """Does an element that columns take stand behind a record?"""
    seen = False
    for child in root:
        if local(child) == "unit" and seen and any(column["path"] == "$.r.unit" for column in columns):
            return True
        seen |= any(local(record) == "c" for record in child) and local(child) == "s" if nested else local(child) == "c"
    return False


def respelled(data):
    """With other letters in names, which expat knows: it reads the fourth edition, libxml2 the fifth."""
    text = BEGINS_NAME.sub(lambda c: "\u00e9%x" % ord(c[0]), data.decode("utf-8"))
    return CONTINUES_NAME.sub(lambda c: "\u00b7%x" % ord(c[0]), text).encode("utf-8")


def is_well_formed(data):
    try:
        expat.ParserCreate().Parse(data, True)
    except expat.ExpatError:
        return False
    return True


def read(data, columns, records):
    if data.startswith(b"<?xml") and not data.startswith(b"<?xml version='1.0' encoding='UTF-8'?>"):
        return oracle.UNKNOWN
    if data.count(b"xmlns") != 1 or b'xmlns:x="urn:x"' not in data:
        return oracle.UNKNOWN
    if b"<!DOCTYPE" in data or b"<!ENTITY" in data or data[:2] in (b"\xfe\xff", b"\xff\xfe") or b"encoding=" in data[60:]:
        return oracle.UNKNOWN
    try:
        if not is_well_formed(data):
            return oracle.UNKNOWN if is_well_formed(respelled(data)) else oracle.BAD
    except UnicodeDecodeError:
        return oracle.BAD
    except (ValueError, LookupError):
        return oracle.UNKNOWN
    try:
        root = tree.fromstring(data)
    except (tree.ParseError, ValueError, LookupError):
        # well-formed, but not by the rules of namespaces: a prefix is part of a name to the server then
        return oracle.UNKNOWN
    if ":" in "".join(node.tag.rpartition("}")[2] for node in root.iter() if isinstance(node.tag, str)):
        return oracle.UNKNOWN
    nested = ".s[*]" in records
    if local(root) != "r" or unit_is_late(columns, root, nested):
        return oracle.BAD
    chains = [[root, record] for record in root if local(record) == "c"]
    if nested:
        chains = [[root, s, record] for s in root if local(s) == "s" for record in s if local(record) == "c"]
    return [oracle.Record([row_of(columns, chain)]) for chain in chains]
