#!/usr/bin/env python3
"""An API of a shop, generated: GET /orders?page=1 has orders with their customers, lines and discounts; GET /change lets some of
them change.

  shop_api.py [port]
"""
import http.server
import json
import random
import sys
import urllib.parse

PAGE = 100


class Shop:
    """Orders by number. A change counts up the clock of the orders that it touches."""

    def __init__(self, count=300, seed=1):
        self.random = random.Random(seed)
        self.clock = 0
        self.orders = {}
        for number in range(1, count + 1):
            self.touch(number)

    def customer(self):
        number = self.random.randint(1, 40)
        return {"id": number, "name": "Customer %d" % number, "city": self.random.choice(("Berlin", "Lyon", "Turin"))}

    def line(self, number):
        discounts = [{"code": code, "amount": "%.2f" % self.random.uniform(0.1, 5)}
                     for code in ("SPRING", "LOYAL") if self.random.random() < 0.2]
        return {"no": number, "sku": "SKU-%03d" % self.random.randint(1, 50), "pieces": self.random.randint(1, 9),
                "price": "%.2f" % self.random.uniform(1, 99), "discounts": discounts}

    def touch(self, number):
        """New, or another version: with other lines, or cancelled."""
        self.clock += 1
        old = self.orders.get(number)
        lines = [self.line(n) for n in range(1, 1 + self.random.randint(1, 5))]
        self.orders[number] = {
            "id": number, "version": self.clock, "status": "cancelled" if old and self.random.random() < 0.2 else "open",
            "customer": old["customer"] if old else self.customer(),
            "lines": [line for line in lines if not old or self.random.random() < 0.8]}

    def change(self):
        for number in self.random.sample(sorted(self.orders), len(self.orders) // 10):
            if self.orders[number]["status"] == "open":
                self.touch(number)

    def page(self, number):
        orders = sorted(self.orders.values(), key=lambda order: order["id"])
        return {"orders": orders[(number - 1) * PAGE:number * PAGE], "pages": -(-len(orders) // PAGE)}


def server(shop, port):
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            path, _, query = self.path.partition("?")
            if path == "/change":
                shop.change()
            body = json.dumps(shop.page(int(urllib.parse.parse_qs(query).get("page", ["1"])[0]))).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    return http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)


if __name__ == "__main__":
    server(Shop(), int(sys.argv[1]) if len(sys.argv) > 1 else 8080).serve_forever()
