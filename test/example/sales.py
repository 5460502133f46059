#!/usr/bin/env python3
"""The sales example: a server for the shop, its API and its files, and the reports against those that Python makes of the raw data."""
import collections
import csv
import datetime
import decimal
import io
import pathlib
import re
import shutil
import sys
import tempfile
import threading
import zoneinfo

sys.dont_write_bytecode = True
EXAMPLE = pathlib.Path(__file__).resolve().parents[2] / "docs/examples/sales"
sys.path.append(str(EXAMPLE))

import database
import sales_feeds
from cluster import Cluster
from tap import Tap, close, exact, identical

ORDERS, WEB_ORDERS, RECEIPTS = 600, 150, 8
CUSTOMERS = ORDERS // 20
BERLIN = zoneinfo.ZoneInfo("Europe/Berlin")
CENT = decimal.Decimal("0.01")
SCRIPTS = ("03_pipelines.sql", "04_transform.sql", "05_star.sql", "06_reports.sql")
Sale = collections.namedtuple("Sale", "channel at customer product quantity amount discount")


def money(value):
    return value.quantize(CENT, rounding=decimal.ROUND_HALF_UP)


# ---- raw data ----

def source(shop, table):
    text = shop.psql("-c", "COPY sales.%s TO STDOUT (FORMAT csv, HEADER, NULL '\\N', FORCE_QUOTE *)" % table)
    return [{name: None if value == database.NULL else value for name, value in row.items()}
            for row in csv.DictReader(io.StringIO(text))]


def time_of(text):
    return datetime.datetime.fromisoformat(text + ":00" if text[-3] == "+" else text)


def web_lines(orders):
    return [(order["number"], line["no"], "web", time_of(order["placed"]), order["customer"], line["product"], line["quantity"],
             line["price"], order["coupon"]) for order in orders for line in order["lines"]]


def till_lines(root):
    for path in sorted((root / "tills").glob("*.csv")):
        with open(path, newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file, delimiter=";"):
                at = datetime.datetime.strptime(row["Zeit"], "%d.%m.%Y %H:%M").replace(tzinfo=BERLIN)
                yield (row["Beleg"], int(row["Position"]), "till", at, row["Kundenkarte"] or None, int(row["Artikel"]),
                       row["Menge"], row["Preis"].replace(",", "."), None)


def phone_lines(shop):
    return [("P-" + o["order_id"], 1, "phone", time_of(o["ordered_at"]), o["customer_id"], int(o["product_id"]), o["quantity"],
             o["unit_price"], None) for o in source(shop, "orders")]


def sales(shop, orders, root):
    """{(order, line): Sale} of what is valid."""
    lists = {int(p["product_id"]): decimal.Decimal(p["list_price"]) for p in source(shop, "products")}
    coupons = {code: (percent, datetime.date.fromisoformat(last)) for code, percent, last in sales_feeds.COUPONS}
    result = {}
    for order, no, channel, at, customer, product, quantity, price, coupon in (
            *web_lines(orders), *till_lines(root), *phone_lines(shop)):
        if quantity is None or not quantity.isdigit() or int(quantity) == 0:
            continue
        pieces, listed = int(quantity), lists.get(product)
        unit = decimal.Decimal(price) if price is not None else listed
        percent, last = coupons.get(coupon, (0, datetime.date.min))
        off = percent if at.astimezone(BERLIN).date() <= last else 0
        result[order, no] = Sale(channel, at, int(customer) if customer is not None else None, product, pieces,
                                 unit and money(pieces * unit * (100 - off) / 100),
                                 None if listed is None else money(pieces * (listed - unit)))
    return result


# ---- reports ----

def total(values):
    values = [value for value in values if value is not None]
    return sum(values) if values else None


def grouped(items):
    groups = collections.defaultdict(list)
    for key, value in items:
        groups[key].append(value)
    return groups


def percentile(values, share):
    """As percentile_cont has it, of those that are not null."""
    values = sorted(value for value in values if value is not None)
    if not values:
        return None
    place = (len(values) - 1) * decimal.Decimal(share)
    low = int(place)
    return values[low] + (place - low) * (values[min(low + 1, len(values) - 1)] - values[low])


def month_of(sale):
    return sale.at.astimezone(BERLIN).strftime("%Y-%m")


def daily_revenue(facts, products, segments):
    rows = grouped(((str(s.at.astimezone(BERLIN).date()), *products(s), segments(s)), s) for s in facts.values())
    return {key: {"pieces": sum(s.quantity for s in group), "revenue": total(s.amount for s in group)} for key, group in rows.items()}


def baskets(facts):
    rows = grouped((key[0], sale) for key, sale in facts.items())
    months = grouped(((month_of(group[0]), group[0].channel), total(s.amount for s in group)) for group in rows.values())
    return {key: {"orders": len(values), "median": percentile(values, "0.5"), "p90": percentile(values, "0.9")}
            for key, values in months.items()}


def cohorts(facts):
    rows = grouped((s.customer, month_of(s)) for s in facts.values() if s.customer is not None)
    firsts = grouped((min(months), max(months) > min(months)) for months in rows.values())
    return {(cohort,): {"customers": len(again), "repeated": sum(again),
                        "repeat_rate": (decimal.Decimal(sum(again)) / len(again)).quantize(decimal.Decimal("0.0001"), decimal.ROUND_HALF_UP)}
            for cohort, again in firsts.items()}


def years(facts):
    revenue = {month: total(values) for month, values in grouped((month_of(s), s.amount) for s in facts.values()).items()}
    rows = {}
    for month, amount in revenue.items():
        before = revenue.get("%d%s" % (int(month[:4]) - 1, month[4:]))
        rows[month[:4], str(int(month[5:]))] = {
            "revenue": amount, "revenue_before": before,
            "percent": before and (100 * (amount / before - 1)).quantize(decimal.Decimal("0.1"), decimal.ROUND_HALF_UP)}
    return rows


def number(got, wanted):
    return int(got) == wanted


def check_reports(tap, db, facts, products, segments, name):
    tap.same_table(db.table("SELECT * FROM mart.daily_revenue", ("day", "category", "product", "segment")),
                   daily_revenue(facts, products, segments), {"pieces": number, "revenue": exact}, name + ": revenue by day, product and segment")
    tap.same_table(db.table("SELECT * FROM mart.basket_percentiles", ("month", "channel")), baskets(facts),
                   {"orders": number, "median": close, "p90": close}, name + ": percentiles of baskets")
    tap.same_table(db.table("SELECT * FROM mart.cohort_repeat_rate", ("cohort",)), cohorts(facts),
                   {"customers": number, "repeated": number, "repeat_rate": exact}, name + ": repeat rate of cohorts")
    tap.same_table(db.table("SELECT * FROM mart.year_over_year", ("year", "month")), years(facts),
                   {"revenue": exact, "revenue_before": exact, "percent": exact}, name + ": year over year")


def check_sales(tap, db, facts, name):
    rows = db.table("SELECT order_no, line_no, channel, quantity, amount, discount FROM sales.sales", ("order_no", "line_no"))
    tap.same_table(rows, {(order, str(no)): {"channel": s.channel, "quantity": s.quantity, "amount": s.amount, "discount": s.discount}
                          for (order, no), s in facts.items()},
                   {"channel": identical, "quantity": number, "amount": exact, "discount": exact}, name + ": sales")


# ---- steps ----

class Steps:
    def __init__(self, tap, db):
        self.tap, self.db, self.read = tap, db, {}

    def totals(self, name):
        """No sum over a dimension differs from the total."""
        wrong = self.db.value("SELECT count(*) FILTER (WHERE NOT agrees), count(*) > 0 FROM elt.verify_star('mart.fact_sales')")
        self.tap.equal(wrong, "0|t", "totals after " + name)

    def run(self, pipeline):
        self.db.sql("CALL elt.run('%s')" % pipeline)
        self.read[pipeline] = int(self.db.value("SELECT rows_read FROM elt.runs WHERE pipeline = '%s' ORDER BY run_id DESC LIMIT 1" % pipeline))
        self.totals(pipeline)

    def run_all(self, pipelines):
        for pipeline in pipelines:
            self.run(pipeline)


def blocks(language="sql"):
    return re.findall(r"^```%s\n(.*?)^```" % language, (EXAMPLE / "README.md").read_text(encoding="utf-8"), re.M | re.S)


def names(shop):
    """What the star calls a product and the segment of a customer, as the shop has them."""
    products = {int(p["product_id"]): ((p["category"] or "other").lower(), p["name"].strip()) for p in source(shop, "products")}
    segments = {int(c["customer_id"]): (c["segment"] or "private").lower() for c in source(shop, "customers")}
    return (lambda s: products.get(s.product, (None, None)),
            lambda s: "missing" if s.customer is None else segments.get(s.customer))


def change(tap, steps, db, shop, orders, root):
    """Another segment counts for sales from then on; corrected, late and deleted lines."""
    products, old = names(shop)
    shop.psql("-c", """
        UPDATE sales.customers SET segment = 'business' WHERE customer_id = 1;
        UPDATE sales.products SET name = 'Lantern' WHERE product_id = 5;
        UPDATE sales.orders SET quantity = 9 WHERE quantity IS NULL;
        INSERT INTO sales.orders (customer_id, product_id, quantity, unit_price, ordered_at)
        VALUES (1, 5, 1, 1.5, now() + interval '1 hour'), (2, 5, 2, 3, '2024-05-05 12:00+00')""")
    changed = datetime.datetime.now(datetime.timezone.utc)
    for line in orders[0]["lines"]:
        line.update(quantity="4", price="12.50")
    first = root / "tills" / "2024-01.csv"
    first.write_text(first.read_text().replace(";x;", ";7;"), encoding="utf-8")
    steps.run_all(("sales", "customers", "products", "till_lines", "web_lines", "phone_orders", "sales"))
    facts = sales(shop, orders, root)
    check_sales(tap, db, facts, "after changes")
    tap.ok(0 < steps.read["sales"] < len(facts) / 4, "of which %d lines were read again" % steps.read["sales"])
    products, new = names(shop)
    check_reports(tap, db, facts, products, lambda s: new(s) if s.at > changed else old(s), "after changes")


def main(tap):
    root = pathlib.Path(tempfile.mkdtemp(prefix="elt_sales."))
    root.chmod(0o755)
    sales_feeds.write_files(root, RECEIPTS, CUSTOMERS)
    orders = sales_feeds.web_orders(WEB_ORDERS, CUSTOMERS)
    api = sales_feeds.server(orders, 0)
    threading.Thread(target=api.serve_forever, daemon=True).start()
    with Cluster() as shop:
        shop.psql("-v", "orders=%d" % ORDERS, "-f", EXAMPLE / "01_source_database.sql")
        db = database.Database("example_sales")
        db.psql("-v", "host=%s" % shop.home, "-v", "dbname=postgres", "-v", "url=http://127.0.0.1:%d" % api.server_address[1],
                "-v", "root=%s" % root, "-f", str(EXAMPLE / "02_source.sql"))
        for script in SCRIPTS:
            db.psql("-f", str(EXAMPLE / script))
        steps = Steps(tap, db)
        load, *others = blocks()
        steps.run_all(("web_lines", "sales"))
        steps.run_all(re.findall(r"elt\.run\('(\w+)'\)", load))
        for block in others:
            db.sql(block)
        facts = sales(shop, orders, root)
        check_sales(tap, db, facts, "at first")
        check_reports(tap, db, facts, *names(shop), "at first")
        bad = db.value("SELECT string_agg(reason || ' ' || n, ', ' ORDER BY reason) FROM (SELECT reason, count(*) AS n FROM elt.rejects GROUP BY 1) r")
        picture = [line for line in db.value("SELECT elt.describe_star('mart')").splitlines() if "--" in line]
        tap.equal([line.strip() for line in blocks("mermaid")[0].splitlines()[1:]], [line.strip() for line in picture],
                  "the picture has the lines of elt.describe_star")
        tap.ok(re.fullmatch(r"has_quantity \d+, parse \d+", bad), "lines without a valid quantity are rejected", bad)
        steps.run("sales")
        tap.equal(steps.read["sales"], 0, "nothing more is read")
        change(tap, steps, db, shop, orders, root)
        steps.run("coupons")
        db.sql("DELETE FROM sales.sales WHERE order_no = 'W-1'; SELECT elt.rebuild_star('mart.fact_sales')")
        steps.totals("lines are deleted and the fact is built again")
        db.round_trip(tap)
    api.shutdown()
    shutil.rmtree(root)


if __name__ == "__main__":
    sys.exit(Tap().run(main))
