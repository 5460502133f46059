"""The page indexes of a Parquet file, read by the letter of the format, independently of any library."""
import struct


class Compact:
    """Structures of Thrift's compact protocol as {field number: value}."""

    def __init__(self, data, at=0):
        self.data = data
        self.at = at

    def byte(self):
        self.at += 1
        return self.data[self.at - 1]

    def varint(self):
        value = shift = 0
        while True:
            byte = self.byte()
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    def integer(self):
        value = self.varint()
        return (value >> 1) ^ -(value & 1)

    def value(self, kind, in_list=False):
        if kind in (1, 2):
            return self.byte() == 1 if in_list else kind == 1
        if kind == 3:
            return self.byte()
        if kind in (4, 5, 6):
            return self.integer()
        if kind == 8:
            length = self.varint()
            self.at += length
            return self.data[self.at - length:self.at]
        if kind == 9:
            head = self.byte()
            count = head >> 4 if head >> 4 != 15 else self.varint()
            return [self.value(head & 15, True) for _ in range(count)]
        assert kind == 12, "type %d" % kind
        return self.struct()

    def struct(self):
        fields, number = {}, 0
        while True:
            head = self.byte()
            if head == 0:
                return fields
            number = number + (head >> 4) if head >> 4 else self.integer()
            fields[number] = self.value(head & 15)


def chunks(path):
    """{path of column: [(row group, ColumnIndex or None, OffsetIndex, [page headers])]}"""
    data = path.read_bytes()
    length = struct.unpack("<I", data[-8:-4])[0]
    footer = Compact(data, len(data) - 8 - length).struct()
    result = {}
    for number, group in enumerate(footer[4]):
        for chunk in group[1]:
            name = b".".join(chunk[3][3]).decode()
            column = Compact(data, chunk[6]).struct() if 6 in chunk else None
            offsets = Compact(data, chunk[4]).struct()[1]
            headers = []
            for page in offsets:
                reader = Compact(data, page[1])
                header = reader.struct()
                assert reader.at - page[1] + header[3] == page[2], "size of a page of %s" % name
                headers.append(header)
            result.setdefault(name, []).append((number, column, offsets, headers))
    return result


def faults(path, rows, groups, columns):
    """Where the indexes are wrong; columns: {name: (values of all rows, how bytes become a value)}"""
    found = []
    starts = [sum(groups[:i]) for i in range(len(groups))]
    for name, indexed in chunks(path).items():
        for group, column, offsets, headers in indexed:
            firsts = [page[3] for page in offsets]
            if firsts[0] != 0 or sorted(set(firsts)) != firsts or firsts[-1] >= groups[group]:
                found.append("%s: first rows %r" % (name, firsts))
            if any(header[1] != 0 for header in headers):
                found.append("%s: not a data page" % name)
            if name in columns and column is not None:
                values, convert = columns[name]
                found += page_faults(name, values[starts[group]:starts[group] + groups[group]], firsts, column, convert)
    return found


def page_faults(name, values, firsts, column, convert):
    found = []
    for i, first in enumerate(firsts):
        page = values[first:firsts[i + 1] if i + 1 < len(firsts) else len(values)]
        there = [value for value in page if value is not None]
        if column[1][i] != (not there) or column[5][i] != len(page) - len(there):
            found.append("%s page %d: nulls" % (name, i))
        elif there and not convert(column[2][i]) <= min(there) <= max(there) <= convert(column[3][i]):
            found.append("%s page %d: %r, %r around %r, %r" % (name, i, column[2][i], column[3][i], min(there), max(there)))
    return found
