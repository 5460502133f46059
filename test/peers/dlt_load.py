"""dlt loads a JSON file: dlt_load.py FILE append|merge WORK. Its table gets the key that dlt leaves out."""
import json
import sys

import dlt
from dlt_run import KEY, load

path, mode, work = sys.argv[1:4]


@dlt.resource(name="dlt_target", write_disposition=mode, primary_key="order_id",
              columns={"ts": {"data_type": "timestamp"}, "price": {"data_type": "double"}})
def records():
    with open(path) as page:
        yield json.load(page)


load(records(), work, "dlt_target", KEY % "order_id")
