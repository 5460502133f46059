#!/usr/bin/env python3
"""What a shop sends besides its database, generated and always the same: the API of its web shop, and the files of its tills.

  sales_feeds.py DIRECTORY [port]

writes the files, and then serves GET /orders?page=1, which requires the header X-API-Key. As such data are, some lines have no
quantity, no price or no customer, some come twice, and some are no numbers.
"""
import csv
import datetime
import http.server
import json
import pathlib
import random
import sys
import urllib.parse

KEY = "k-7d31"
PAGE = 100
FIRST, DAYS = datetime.datetime(2024, 1, 1, tzinfo=datetime.timezone.utc), 731
COUPONS = (("SPRING", 10, "2024-06-30"), ("FRIENDS", 15, "2025-12-31"))


def web_orders(count, customers, seed=1):
    """Orders in the order of their times. The last products and customers are not in the database."""
    chance = random.Random(seed)
    orders = []
    for n in range(1, count + 1):
        lines = []
        for no in range(1, 1 + chance.randint(1, 3)):
            lines.append({"no": no, "product": chance.randint(1, 61),
                          "quantity": chance.choice(("1", "1", "2", "3") * 20 + (None, "two")),
                          "price": chance.choice(("%.2f" % chance.uniform(5, 200),) * 9 + (None,))})
        placed = FIRST + datetime.timedelta(minutes=n * DAYS * 1440 // (count + 1))
        orders.append({"number": "W-%d" % n, "placed": placed.isoformat(),
                       "customer": chance.choice((None, *[1 + int((customers + 2) * chance.random() ** 2)] * 12)),
                       "coupon": chance.choice((None, None, "SPRING", "FRIENDS")), "lines": lines})
    return orders


def pages(orders):
    """Each page begins with the last order of the page before, as lists do that grow while they are read."""
    return [orders[max(at - 1, 0):at + PAGE] for at in range(0, len(orders), PAGE)]


def till_lines(month, receipts, customers):
    """Lines of one month, some of them twice; numbers and times as a German till prints them."""
    chance = random.Random(month)
    lines = []
    for n in range(1, receipts + 1):
        at = "%02d.%s.%s %02d:%02d" % (chance.randint(1, 28), month[5:], month[:4], chance.randint(9, 19), chance.randint(0, 59))
        card = chance.choice(("", str(chance.randint(1, customers))))
        for position in range(1, 1 + chance.randint(1, 3)):
            lines.append(("T-%s-%d" % (month, n), position, chance.randint(1, 60), chance.choice(("1", "2", "3") * 15 + ("x",)),
                          ("%.2f" % chance.uniform(5, 200)).replace(".", ","), at, card))
            if chance.random() < 0.05:
                lines.append(lines[-1])
    return lines


def months():
    return ["%d-%02d" % (year, month) for year in (2024, 2025) for month in range(1, 13)]


def write_files(directory, receipts, customers):
    tills = pathlib.Path(directory) / "tills"
    tills.mkdir(parents=True, exist_ok=True)
    for month in months():
        with open(tills / (month + ".csv"), "w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, delimiter=";")
            writer.writerow(("Beleg", "Position", "Artikel", "Menge", "Preis", "Zeit", "Kundenkarte"))
            writer.writerows(till_lines(month, receipts, customers))
    with open(pathlib.Path(directory) / "coupons.csv", "w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows((("code", "percent", "valid_until"), *COUPONS))


def server(orders, port):
    lists = pages(orders)

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            page = int(urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query).get("page", ["1"])[0])
            allowed = self.headers.get("X-API-Key") == KEY
            body = json.dumps({"orders": lists[page - 1], "pages": len(lists)} if allowed else {"error": "no valid key"}).encode()
            self.send_response(200 if allowed else 401)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    return http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)


if __name__ == "__main__":
    write_files(sys.argv[1], 100, 1000)
    server(web_orders(5000, 1000), int(sys.argv[2]) if len(sys.argv) > 2 else 8080).serve_forever()
