"""DuckDB reads a file and writes PostgreSQL: duckdb_load.py FILE first|again."""
import pathlib
import sys
import sysconfig

import duckdb

COLUMNS = ("{order_id: 'BIGINT', ts: 'TIMESTAMPTZ', store: 'VARCHAR', product: 'VARCHAR', qty: 'INTEGER', "
           "price: 'DECIMAL(12,2)', currency: 'VARCHAR', customer: 'VARCHAR', channel: 'VARCHAR'}")
NAMES = "order_id, ts, store, product, qty, price, currency, customer, channel"

path, mode = sys.argv[1:3]
database = duckdb.connect(config={"allow_unsigned_extensions": "true"})
extension = next(pathlib.Path(sysconfig.get_paths()["purelib"]).rglob("postgres_scanner.duckdb_extension*"), None)
if extension is None:
    database.execute("INSTALL postgres; LOAD postgres")
else:
    database.execute("LOAD '%s'" % extension)
database.execute("ATTACH '' AS pg (TYPE postgres)")
reader = "read_json('%s', columns = %s)" if path.endswith(".json") else "read_csv('%s', header = true, columns = %s)"
source = reader % (path, COLUMNS)
if mode == "first":
    database.execute("INSERT INTO pg.peer SELECT %s FROM %s" % (NAMES, source))
else:
    database.execute("INSERT INTO pg.stage SELECT %s FROM %s" % (NAMES, source))
