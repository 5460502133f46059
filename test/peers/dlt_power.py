"""dlt loads days of power generation: dlt_power.py FOLDER append|merge WORK. Its table gets the key that dlt leaves out."""
import datetime
import json
import pathlib
import sys

import dlt
from dlt_run import KEY, load

folder, mode, work = sys.argv[1:4]
COLUMNS = ("country", "production_type", "ts")


@dlt.resource(name="power_target", write_disposition=mode, primary_key=COLUMNS, columns={"ts": {"data_type": "timestamp"}})
def values():
    for path in sorted(pathlib.Path(folder).iterdir()):
        day = json.loads(path.read_text())
        times = [datetime.datetime.fromtimestamp(at, datetime.timezone.utc) for at in day["unix_seconds"]]
        yield [{"country": "de", "production_type": kind["name"], "ts": ts, "power_mw": value}
               for kind in day["production_types"] for ts, value in zip(times, kind["data"])]


load(values(), work, "power_target", KEY % ", ".join(COLUMNS))
