"""pandas reads a file, psycopg2 copies it: pandas_copy.py FILE TABLE."""
import io
import sys

import pandas
import psycopg2

path, table = sys.argv[1:3]
frame = pandas.read_json(path, dtype=False, convert_dates=False) if path.endswith(".json") else pandas.read_csv(path)
buffer = io.StringIO()
frame.to_csv(buffer, index=False, header=False)
buffer.seek(0)
with psycopg2.connect("") as connection, connection.cursor() as cursor:
    cursor.copy_expert("COPY %s FROM STDIN (FORMAT csv)" % table, buffer)
