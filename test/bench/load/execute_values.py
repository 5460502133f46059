"""The usual script with a driver: INSERT ... VALUES, 1,000 rows at a time."""
import json
import sys

import psycopg2
import psycopg2.extras

COLUMNS = ("order_id", "ts", "store", "product", "qty", "price", "currency", "customer", "channel")

with open(sys.argv[1]) as page:
    records = json.load(page)
with psycopg2.connect("") as connection, connection.cursor() as cursor:
    psycopg2.extras.execute_values(
        cursor, "INSERT INTO copied VALUES %s",
        [tuple(record[column] for column in COLUMNS) for record in records], page_size=1000)
