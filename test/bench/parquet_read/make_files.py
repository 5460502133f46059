"""Write the files of the benchmark: make_files.py DIRECTORY ROWS. By DuckDB, in ten row groups."""
import sys

import duckdb

directory, rows = sys.argv[1], int(sys.argv[2])
con = duckdb.connect()
con.execute("SET timezone = 'UTC'")
con.execute("SET threads = 1")
OPTIONS = "(FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE %d)" % (rows // 10)
con.execute("""COPY (SELECT TIMESTAMPTZ '2024-01-01' + INTERVAL (i // 1000 * 15) MINUTE AS ts, printf('series %%04d', i %% 1000) AS series,
    CASE WHEN i %% 1000 = 0 THEN NULL ELSE round(sin(i / 1000) * 1000, 3) END AS value, (i %% 7)::INT AS quality
    FROM range(%d) t(i)) TO '%s/rows.parquet' %s""" % (rows, directory, OPTIONS))
con.execute("COPY (SELECT i AS c0, %s FROM range(%d) t(i)) TO '%s/wide.parquet' %s" % (
    ", ".join(("hash(i + %d) %% 1000000 AS c%d" if k % 2 else "(hash(i * %d) %% 100000)::VARCHAR AS c%d") % (k, k)
              for k in range(1, 20)), rows // 10, directory, OPTIONS.replace(str(rows // 10), str(rows // 100))))
