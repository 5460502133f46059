"""The server's own authentication: tokens of a realm, and signatures against AWS's published ones."""
import hashlib
import json
import unittest

import sigv4
from testlib import ReplayCase

NOTHING = hashlib.sha256(b"").hexdigest()
STAMP = "20150830T123600Z"


class PublishedSignatures(unittest.TestCase):
    """Requests of AWS's documentation and test suite."""

    def signed(self, target, headers, service):
        headers = {"x-amz-date": STAMP, **headers}
        canonical = sigv4.canonical_request("GET", target, headers, sorted(headers), NOTHING,
                                            service)
        return sigv4.signature(sigv4.SECRETS["AKIDEXAMPLE"], STAMP, "us-east-1", service, canonical)

    def test_vanilla(self):
        self.assertEqual(self.signed("/", {"host": "example.amazonaws.com"}, "service"),
                         "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31")

    def test_query_is_sorted(self):
        self.assertEqual(self.signed("/?Param2=value2&Param1=value1",
                                     {"host": "example.amazonaws.com"}, "service"),
                         "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500")

    def test_list_users(self):
        headers = {"host": "iam.amazonaws.com",
                   "content-type": "application/x-www-form-urlencoded; charset=utf-8"}
        self.assertEqual(self.signed("/?Action=ListUsers&Version=2010-05-08", headers, "iam"),
                         "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7")


class Tokens(ReplayCase):
    def exchange(self, token, query="rotates=1", status=200):
        got, _, body = self.replay.open("/oauth/shop/token?" + query,
                                        b"grant_type=refresh_token&refresh_token=" + token.encode())
        self.assertEqual(got, status, body)
        return json.loads(body)

    def test_a_refresh_token_is_spent_by_its_use(self):
        answer = self.exchange("shop-refresh-1")
        self.assertEqual(answer["refresh_token"], "shop-refresh-2")
        self.exchange("shop-refresh-1", status=400)
        self.exchange("shop-refresh-2")
        known = self.replay.control("oauth", realm="shop")
        self.assertEqual((known["refresh"], known["exchanges"], known["refused"]),
                         ("shop-refresh-3", 2, 1))

    def test_a_token_that_does_not_rotate(self):
        self.assertNotIn("refresh_token", self.exchange("shop-refresh-1", "rotates=0"))
        self.exchange("shop-refresh-1", "rotates=0")

    def test_nobody_without_a_token(self):
        self.document("/oauth/shop/items", 401)
        refused = self.document("/oauth/shop/items?refuse=403&code=LATE", 403)
        self.assertEqual(refused["error"], "LATE")

    def test_nobody_without_a_signature(self):
        self.assertIn("MissingAuthenticationToken", self.text("/sigv4/x", 403))


if __name__ == "__main__":
    unittest.main()
