"""Read files and write them again, by pyarrow and DuckDB: rewrite.py DIRECTORY FILE... prints what they wrote."""
import pathlib
import sys

import duckdb
import pyarrow.parquet as pq

directory = pathlib.Path(sys.argv[1])
for writer in ("arrow", "duckdb"):
    (directory / writer).mkdir()
con = duckdb.connect()
con.execute("SET timezone = 'UTC'")
for name in sys.argv[2:]:
    path = directory / "ours" / name
    pq.write_table(pq.read_table(path, page_checksum_verification=True), directory / "arrow" / name)
    con.execute("COPY (SELECT * FROM read_parquet('%s')) TO '%s/duckdb/%s' (FORMAT parquet)" % (path, directory, name))
    for writer in ("arrow", "duckdb"):
        print("%s/%s" % (writer, path.stem))
