"""Random workbooks with one sheet, and what they hold by Python's zipfile and ElementTree."""
import io
import re
import xml.etree.ElementTree as tree
import zipfile
from xml.sax.saxutils import escape

import spelling
import values

REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
NUMBER = re.compile(r"-?(0|[1-9][0-9]{0,13})(\.[0-9]{1,3})?")
NO_XML = re.compile("[^\t\n -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
PARTS = {
    "_rels/.rels": '<Relationships><Relationship Id="r" Type="%s/officeDocument" Target="xl/workbook.xml"/></Relationships>' % REL,
    "xl/workbook.xml": '<workbook xmlns="%s" xmlns:r="%s"><sheets><sheet name="s" sheetId="1" r:id="a"/></sheets></workbook>' % (MAIN, REL),
    "xl/_rels/workbook.xml.rels": '<Relationships><Relationship Id="a" Type="%s/worksheet" Target="sheet.xml"/>'
    '<Relationship Id="b" Type="%s/sharedStrings" Target="strings.xml"/></Relationships>' % (REL, REL),
}
ERROR = "#N/A"


def column_name(n):
    return chr(65 + n)


class Pages:
    def __init__(self, rng, columns, options):
        self.rng, self.columns, self.options = rng, columns, options

    def cell(self, strings, row, n, text):
        rng = self.rng
        text = NO_XML.sub("", text)
        reference = ' r="%s%d"' % (column_name(n), row)
        if not text:
            return ""
        if text == ERROR:
            return '<c%s t="e"><v>%s</v></c>' % (reference, ERROR)
        if NUMBER.fullmatch(text) and rng.random() < 0.9:
            return "<c%s><v>%s</v></c>" % (reference, text)
        if rng.random() < 0.5:
            return '<c%s t="%s"><%s></c>' % (reference, *rng.choice([
                ("inlineStr", "is><t>%s</t></is" % escape(text)), ("str", "v>%s</v" % escape(text))]))
        strings.append(text)
        return '<c%s t="s"><v>%d</v></c>' % (reference, len(strings) - 1)

    def value(self, column):
        if self.rng.random() < 0.15:
            return ""
        if self.rng.random() < 0.03:
            return ERROR
        return spelling.respelled(self.rng, column, values.random_text(self.rng, column["type"]))

    def row(self, strings, number, texts):
        cells = "".join(self.cell(strings, number, n, text) for n, text in enumerate(texts))
        return '<row r="%d">%s</row>' % (number, cells)

    def page(self, mutate):
        """mutate changes the bytes of a part."""
        rng, strings, order = self.rng, [], list(range(len(self.columns)))
        rows, number = [], 1
        if self.options.get("header") != "false":
            rng.shuffle(order)
            rows.append(self.row(strings, number, [self.columns[n]["path"] for n in order]))
        for _ in range(rng.randrange(8)):
            number += rng.choice([1, 1, 1, 2])
            rows.append(self.row(strings, number, [self.value(self.columns[n]) for n in order]))
        parts = dict(PARTS)
        parts["xl/sheet.xml"] = '<worksheet xmlns="%s"><sheetData>%s</sheetData></worksheet>' % (MAIN, "".join(rows))
        parts["xl/strings.xml"] = '<sst xmlns="%s">%s</sst>' % (MAIN, "".join("<si><t>%s</t></si>" % escape(s) for s in strings))
        victim = rng.choice(sorted(parts))
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", rng.choice([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])) as archive:
            for name, text in parts.items():
                data = text.encode("utf-8", "replace")
                archive.writestr(zipfile.ZipInfo(name), mutate(rng, data) if name == victim and rng.random() < 0.3 else data)
        data = out.getvalue()
        return mutate(rng, data) if rng.random() < 0.1 else data


def is_untouched(archive):
    """Are all parts as they were written, but for the values?"""
    return all(archive.read(name).decode() == text for name, text in PARTS.items())


def text_in(node):
    return "".join(node.itertext())


def strings_of(archive):
    data = archive.read("xl/strings.xml")
    if not re.fullmatch(rb'<sst xmlns="[^"]*">(?:<si><t>[^<]*</t></si>)*</sst>', data, re.S):
        raise ValueError("another form")
    return [text_in(si) for si in tree.fromstring(data)]


def rows_of(data):
    """Rows as dicts by column of (text, is it an error); None: these readers cannot say."""
    if data[:4] != b"PK\3\4" or data[-22:-18] != b"PK\5\6":
        return None
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if archive.testzip() or not is_untouched(archive):
                return None
            sheet, strings = archive.read("xl/sheet.xml"), strings_of(archive)
    except Exception:
        return None
    if not re.fullmatch(FORM, sheet, re.S) or b"_x" in sheet or any("_x" in s for s in strings):
        return None
    try:
        return [{ord(cell.get("r")[0]) - 65: cell_of(cell, strings) for cell in row} for row in tree.fromstring(sheet)[0]]
    except (tree.ParseError, IndexError, ValueError):
        return None


CELL = (rb'<c r="[A-Z]\d{1,4}"(?: t="s"><v>\d{1,4}</v>|><v>-?\d[\d.]{0,15}</v>| t="e"><v>#N/A</v>| t="str"><v>[^<]*</v>|'
        rb' t="inlineStr"><is><t>[^<]*</t></is>)</c>')
FORM = rb'<worksheet xmlns="[^"]*"><sheetData>(?:<row r="\d{1,4}">(?:' + CELL + rb")*</row>)*</sheetData></worksheet>"


def cell_of(cell, strings):
    if cell.get("t") == "s":
        return strings[int(text_in(cell))], False
    return text_in(cell), cell.get("t") == "e"
