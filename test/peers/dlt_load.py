"""dlt loads a JSON file: dlt_load.py FILE append|merge WORK. Its table gets the key that dlt leaves out."""
import json
import os
import sys

import dlt
import psycopg2

path, mode, work = sys.argv[1:4]
os.environ.update({"RUNTIME__DLTHUB_TELEMETRY": "false", "DATA_WRITER__BUFFER_MAX_ITEMS": "100000",
                   "NORMALIZE__DATA_WRITER__DISABLE_COMPRESSION": "true", "NORMALIZE__WORKERS": "1"})


@dlt.resource(name="dlt_target", write_disposition=mode, primary_key="order_id",
              columns={"ts": {"data_type": "timestamp"}, "price": {"data_type": "double"}})
def records():
    with open(path) as page:
        yield json.load(page)


pipeline = dlt.pipeline("peer", destination=dlt.destinations.postgres(os.environ["PEER_URL"]), dataset_name="dlt",
                        pipelines_dir=work)
pipeline.run(records(), loader_file_format="csv")
with psycopg2.connect("") as connection, connection.cursor() as cursor:
    cursor.execute("SELECT NOT EXISTS (SELECT FROM pg_constraint WHERE conrelid = 'dlt.dlt_target'::regclass AND contype = 'p')")
    if cursor.fetchone()[0]:
        cursor.execute("ALTER TABLE dlt.dlt_target ADD PRIMARY KEY (order_id)")
