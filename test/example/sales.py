#!/usr/bin/env python3
"""The sales example: two servers, its scripts, and facts against those that Python computes."""
import csv
import datetime
import decimal
import io
import os
import pathlib
import re
import sys
import zoneinfo

sys.dont_write_bytecode = True

import database
from cluster import Cluster
from tap import Tap

EXAMPLE = pathlib.Path(__file__).resolve().parents[2] / "docs/examples/sales"
ORDERS = 2000
PARENTS = ("products", "customers", "orders")
COLUMNS = ("ordered_at", "order_date", "customer_id", "email", "country", "product_id", "product", "category",
           "quantity", "amount", "discount")


def source(shop, table):
    text = shop.psql("-c", "COPY sales.%s TO STDOUT (FORMAT csv, HEADER, NULL '\\N', FORCE_QUOTE *)" % table)
    return [{name: None if value == database.NULL else value for name, value in row.items()}
            for row in csv.DictReader(io.StringIO(text))]


def country(text):
    if text is None:
        return "??"
    return "DE" if text.strip().lower() in ("de", "germany") else text.strip().upper()


def fact(order, customer, product):
    price, quantity = decimal.Decimal(order["unit_price"]), int(order["quantity"])
    at = datetime.datetime.fromisoformat(order["ordered_at"] + ":00")
    return (order["ordered_at"], at.astimezone(zoneinfo.ZoneInfo("Europe/Berlin")).date().isoformat(),
            customer["customer_id"], customer["email"] and customer["email"].lower(), country(customer["country"]),
            product["product_id"], product["name"].strip(), (product["category"] or "other").lower(), order["quantity"],
            str(quantity * price), str(quantity * (decimal.Decimal(product["list_price"]) - price)))


def facts(shop):
    """{order: values} of the orders that have a quantity."""
    products = {row["product_id"]: row for row in source(shop, "products")}
    customers = {row["customer_id"]: row for row in source(shop, "customers")}
    return {row["order_id"]: fact(row, customers[row["customer_id"]], products[row["product_id"]])
            for row in source(shop, "orders") if int(row["quantity"] or 0) > 0}


def landed(db):
    rows = db.rows("SELECT order_id, %s FROM sales.fact_sales" % ", ".join(COLUMNS))
    return {row["order_id"]: tuple(row[name] for name in COLUMNS) for row in rows}


def run_all(db):
    """How many rows each run has read."""
    for name in (*PARENTS, "fact_sales"):
        db.sql("CALL elt.run('%s')" % name)
    return {name: int(db.value("SELECT rows_read FROM elt.runs WHERE pipeline = '%s' ORDER BY run_id DESC LIMIT 1" % name))
            for name in (*PARENTS, "fact_sales")}


def blocks():
    return re.findall(r"^```sql\n(.*?)^```", (EXAMPLE / "README.md").read_text(encoding="utf-8"), re.M | re.S)


def compare(tap, shop, db, name):
    got, wanted = landed(db), facts(shop)
    wrong = [key for key in {*got, *wanted} if got.get(key) != wanted.get(key)]
    tap.ok(wanted and not wrong, "%s: %d facts" % (name, len(wanted)),
           *("%s: %r, computed %r" % (key, got.get(key), wanted.get(key)) for key in wrong[:5]))


def main(tap):
    with Cluster() as shop:
        shop.psql("-v", "orders=%d" % ORDERS, "-f", EXAMPLE / "01_source_database.sql")
        db = database.Database("example_sales")
        db.psql("-v", "host=%s" % shop.home, "-v", "dbname=postgres", "-f", str(EXAMPLE / "02_source.sql"))
        for script in ("03_pipelines.sql", "04_transform.sql"):
            db.psql("-f", str(EXAMPLE / script))
        for block in blocks():
            db.sql(block)
        compare(tap, shop, db, "at first")
        bad = int(shop.psql("-c", "SELECT count(*) FROM sales.orders WHERE coalesce(quantity, 0) = 0"))
        tap.equal(int(db.value("SELECT count(*) FROM elt.rejects WHERE pipeline = 'orders'")), bad,
                  "orders without a quantity are rejected")
        db.sql("CALL elt.run('fact_sales')")
        tap.equal(db.value("SELECT rows_read FROM elt.runs ORDER BY run_id DESC LIMIT 1"), "0", "nothing more is read")

        shop.psql("-c", """
            UPDATE sales.customers SET country = 'AT' WHERE customer_id = 3;
            UPDATE sales.products SET name = 'Lantern' WHERE product_id = 5;
            UPDATE sales.orders SET quantity = 9 WHERE quantity IS NULL;
            INSERT INTO sales.orders (customer_id, product_id, quantity, unit_price) VALUES (3, 5, 1, 1.5)""")
        read = run_all(db)
        compare(tap, shop, db, "after changes")
        tap.ok(0 < read["fact_sales"] < ORDERS / 5, "of which %d facts were read again" % read["fact_sales"])
        db.round_trip(tap)


if __name__ == "__main__":
    sys.exit(Tap().run(main))
