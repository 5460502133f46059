"""DuckDB reads a file and writes PostgreSQL: duckdb_load.py FILE first|again|pages|checked."""
import sys

from duckdb_postgres import postgres

COLUMNS = ("{order_id: 'BIGINT', ts: 'TIMESTAMPTZ', store: 'VARCHAR', product: 'VARCHAR', qty: 'INTEGER', "
           "price: 'DECIMAL(12,2)', currency: 'VARCHAR', customer: 'VARCHAR', channel: 'VARCHAR'}")
NAMES = "order_id, ts, store, product, qty, price, currency, customer, channel"

CHECKS = " AND ".join(
    ["order_id > 0", "ts BETWEEN '2000-01-01' AND '2100-01-01'", "regexp_full_match(store, 'S[0-9]{4}')",
     "regexp_full_match(customer, 'C-[A-Z]{2}[0-9]{6}')", "qty BETWEEN 1 AND 1000", "price >= 0 AND price < 100000",
     "currency IN ('EUR', 'USD', 'GBP', 'CHF')", "length(product) BETWEEN 1 AND 40", "channel IS NOT NULL"])

path, mode = sys.argv[1:3]
database = postgres()
reader = "read_json('%s', columns = %s)" if path.endswith(".json") else "read_csv('%s', header = true, columns = %s)"
source = reader % (path, COLUMNS)
if mode == "pages":
    database.execute("INSERT INTO pg.peer SELECT item.* FROM (SELECT unnest(items) AS item FROM read_json('%s', columns = "
                     "{items: 'STRUCT(%s)[]'}))" % (path, COLUMNS.strip("{}").replace(":", "").replace("'", "")))
elif mode == "checked":
    database.execute("CREATE TEMP TABLE checked AS SELECT *, coalesce(%s, false) AND row_number() OVER (PARTITION BY order_id "
                     "ORDER BY ts) = 1 AS good FROM %s" % (CHECKS, source))
    database.execute("INSERT INTO pg.peer SELECT %s FROM checked WHERE good" % NAMES)
    database.execute("INSERT INTO pg.bad SELECT %s FROM checked WHERE NOT good" % NAMES)
else:
    database.execute("INSERT INTO pg.%s SELECT %s FROM %s" % ("peer" if mode == "first" else "stage", NAMES, source))
