"""The usual script: json.load, csv rows, COPY FROM STDIN."""
import csv
import io
import json
import sys

import psycopg2

COLUMNS = ("order_id", "ts", "store", "product", "qty", "price", "currency", "customer", "channel")

with open(sys.argv[1]) as page:
    records = json.load(page)
buffer = io.StringIO()
writer = csv.writer(buffer)
for record in records:
    writer.writerow([record[column] for column in COLUMNS])
buffer.seek(0)
with psycopg2.connect("") as connection, connection.cursor() as cursor:
    cursor.copy_expert("COPY copied FROM STDIN (FORMAT csv)", buffer)
