"""The files that the loads read, made by the replay server's generator."""
import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "replay"))
import bulk  # noqa: E402

PART = 10000


def write_records(path, count, form="json"):
    with open(path, "wb") as out:
        for block in bulk.records(form, count, 1, None):
            out.write(block)


def write_parts(directory, path):
    """The same records in arrays of 10,000, for what must hold an array as one value."""
    directory.mkdir()
    records = json.loads(path.read_text())
    for start in range(0, len(records), PART):
        part = directory / ("%05d.json" % (start // PART))
        part.write_text(json.dumps(records[start:start + PART], separators=(",", ":")))


def write_columns(directory, points, series, name="columns"):
    """The shape of /public_power, and the same values row by row."""
    first = 1704067200
    times = [first + 900 * i for i in range(points)]
    names = ["series %02d" % s for s in range(series)]
    values = [[None if (i * 7 + s) % 50 == 0 else ((i * 31 + s * 17) % 100000) / 10
               for i in range(points)] for s in range(series)]
    page = {"unix_seconds": times,
            "series": [{"name": n, "data": v} for n, v in zip(names, values)]}
    (directory / (name + ".json")).write_text(json.dumps(page, separators=(",", ":")))
    with open(directory / (name + ".tsv"), "w") as out:
        for series_name, data in zip(names, values):
            for i, value in enumerate(data):
                minutes = i * 15
                day, rest = divmod(minutes, 1440)
                out.write("%s\t%s\t%s\n" % (series_name, stamp(day, rest), "\\N" if value is None else value))


def stamp(day, minutes):
    import datetime

    date = datetime.date(2024, 1, 1) + datetime.timedelta(day)
    return "%sT%02d:%02d:00Z" % (date.isoformat(), minutes // 60, minutes % 60)
