#!/usr/bin/env python3
"""The shop example: its API, its scripts, and the tables that Python makes of the same orders."""
import decimal
import pathlib
import re
import sys
import threading

sys.dont_write_bytecode = True
EXAMPLE = pathlib.Path(__file__).resolve().parents[2] / "docs/examples/shop"
sys.path.append(str(EXAMPLE))

import database
import shop_api
from tap import Tap

ROUNDS = 4
COLUMNS = {"orders_live": "id, version, status, customer_id", "lines": "order_id, no, sku, pieces, price",
           "discounts": "order_id, no, code, amount", "customers": "id, name, city"}


def wanted(orders):
    """Rows by table; a customer stays as the last order that is not cancelled has it."""
    rows = {name: [] for name in COLUMNS}
    for order in orders:
        number = order["id"]
        rows["orders_live"].append((number, order["version"], order["status"], order["customer"]["id"]))
        for line in order["lines"]:
            rows["lines"].append((number, line["no"], line["sku"], line["pieces"], line["price"]))
            rows["discounts"] += [(number, line["no"], d["code"], d["amount"]) for d in line["discounts"]]
    return {name: sorted(tuple(map(str, row)) for row in table) for name, table in rows.items()}


def landed(db, name):
    return sorted(tuple(row.values()) for row in db.rows("SELECT %s FROM shop.%s" % (COLUMNS[name], name)))


def blocks():
    return re.findall(r"^```sql\n(.*?)^```", (EXAMPLE / "README.md").read_text(encoding="utf-8"), re.M | re.S)


def amounts(orders, customers):
    """Orders and amount by city, as the query of the page has them."""
    result = {}
    for order in (o for o in orders if o["lines"]):
        sums = result.setdefault(customers[order["customer"]["id"]]["city"], [0, decimal.Decimal(0)])
        sums[0] += 1
        for line in order["lines"]:
            sums[1] += line["pieces"] * decimal.Decimal(line["price"]) - sum(decimal.Decimal(d["amount"]) for d in line["discounts"])
    return ["%s|%d|%s" % (city, *sums) for city, sums in sorted(result.items())]


def check_round(tap, db, shop, customers, name):
    orders = [o for o in shop.page_all() if o["status"] == "open"]
    for order in orders:
        customers[order["customer"]["id"]] = order["customer"]
    tables = wanted(orders)
    tables["customers"] = sorted((str(c["id"]), c["name"], c["city"]) for c in customers.values())
    for table, rows in tables.items():
        tap.ok(rows and landed(db, table) == rows, "%s: table %s has %d rows" % (name, table, len(rows)))
    tap.equal(db.sql(blocks()[-1]).splitlines(), amounts(orders, customers), "%s: amounts by city" % name)


class Shop(shop_api.Shop):
    def page_all(self):
        return sorted(self.orders.values(), key=lambda order: order["id"])


def main(tap):
    shop = Shop()
    api = shop_api.server(shop, 0)
    threading.Thread(target=api.serve_forever, daemon=True).start()
    db = database.Database("example_shop")
    for script in ("01_source.sql", "02_pipelines.sql"):
        db.psql("-v", "url=http://127.0.0.1:%d" % api.server_address[1], "-f", str(EXAMPLE / script))
    customers = {}
    for number in range(ROUNDS):
        for block in blocks()[:-1]:
            db.sql(block)
        check_round(tap, db, shop, customers, "round %d" % number)
        shop.change()
    db.sql("CALL elt.run('orders')")
    db.sql("CALL elt.run('orders')")
    written = db.value("SELECT sum(rows_inserted + rows_updated + rows_removed) FROM elt.run_targets WHERE run_id = (SELECT max(run_id) FROM elt.runs)")
    tap.equal(written, "0", "the same again writes nothing")
    db.round_trip(tap)
    api.shutdown()


if __name__ == "__main__":
    sys.exit(Tap().run(main))
