"""DuckDB reads days of power generation and writes PostgreSQL: duckdb_power.py FILES TABLE."""
import sys

from duckdb_postgres import postgres

files, table = sys.argv[1:3]
postgres().execute("""
    INSERT INTO pg.%s
    SELECT 'de', kind.name, to_timestamp(unnest(unix_seconds)), unnest(kind.data)
    FROM (SELECT unix_seconds, unnest(production_types) AS kind FROM read_json('%s', columns =
        {unix_seconds: 'BIGINT[]', production_types: 'STRUCT(name VARCHAR, data DOUBLE[])[]'}))""" % (table, files))
