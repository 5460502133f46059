"""Run dlt into the schema dlt with its fastest settings, and add the key to its table if it has none."""
import os

os.environ.update({"RUNTIME__DLTHUB_TELEMETRY": "false", "DATA_WRITER__BUFFER_MAX_ITEMS": "100000",
                   "NORMALIZE__DATA_WRITER__DISABLE_COMPRESSION": "true", "NORMALIZE__WORKERS": "1"})
import dlt  # noqa: E402
import psycopg2  # noqa: E402

KEY = "PRIMARY KEY (%s)"


def load(resource, work, table, key):
    pipeline = dlt.pipeline("peer", destination=dlt.destinations.postgres(os.environ["PEER_URL"]), dataset_name="dlt",
                            pipelines_dir=work)
    pipeline.run(resource, loader_file_format="csv")
    with psycopg2.connect("") as connection, connection.cursor() as cursor:
        cursor.execute("SELECT NOT EXISTS (SELECT FROM pg_constraint WHERE conrelid = %s::regclass AND contype = 'p')", ("dlt." + table,))
        if cursor.fetchone()[0]:
            cursor.execute("ALTER TABLE dlt.%s ADD %s" % (table, key))
