"""What the server remembers between requests: clock, revisions, rate limit, counters.

All data that the server plays is a pure function of the request, the clock and
the revisions, so a test that sets both sees the same bytes every time.
"""
import collections
import datetime
import re
import threading
import time

UTC = datetime.timezone.utc
KEPT_REQUESTS = 2000
KEPT_BODY = 65536


def parse_instant(text):
    """Unix seconds of an ISO instant (no offset means UTC) or of a number."""
    text = str(text).strip()
    if re.fullmatch(r"-?\d+(\.\d+)?", text):
        return float(text)
    moment = datetime.datetime.fromisoformat(text.replace(" ", "T").replace("Z", "+00:00"))
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return moment.timestamp()


class Clock:
    """Real time until a test fixes it."""

    def __init__(self, fixed=None):
        self.initial = fixed
        self.fixed = fixed

    def now(self):
        return time.time() if self.fixed is None else self.fixed

    def set(self, value):
        self.fixed = None if value in ("real", None) else parse_instant(value)

    def advance(self, seconds):
        self.fixed = self.now() + float(seconds)

    def reset(self):
        self.fixed = self.initial

    def describe(self):
        moment = datetime.datetime.fromtimestamp(self.now(), UTC)
        return {"now": moment.isoformat().replace("+00:00", "Z"),
                "fixed": self.fixed is not None}


class Revisions:
    """The revision of an area (country or bidding zone) on a local day.

    The most specific setting wins: area and day, then area, then day, then global.
    """

    def __init__(self):
        self.rules = {}

    def set(self, number, area=None, day=None):
        self.rules[(area, day)] = int(number)

    def of(self, area, day):
        for key in ((area, day), (area, None), (None, day), (None, None)):
            if key in self.rules:
                return self.rules[key]
        return 0

    def describe(self):
        return [{"country": area, "day": day, "revision": number}
                for (area, day), number in self.rules.items()]


class RateLimit:
    """At most `limit` requests in any window of `seconds` of real time."""

    def __init__(self, limit=0, seconds=1.0, retry_after="1", path=""):
        self.limit = int(limit)
        self.seconds = float(seconds)
        self.retry_after = str(retry_after)
        self.path = path
        self.taken = collections.deque()

    @classmethod
    def parse(cls, text):
        """'2/1' is two requests a second; '' or 'off' is no limit."""
        if str(text) in ("", "off", "0", "None"):
            return cls()
        limit, _, seconds = str(text).partition("/")
        return cls(limit, seconds or 1)

    def admits(self, path):
        if not self.limit or not re.search(self.path, path):
            return True
        moment = time.monotonic()
        while self.taken and self.taken[0] <= moment - self.seconds:
            self.taken.popleft()
        if len(self.taken) >= self.limit:
            return False
        self.taken.append(moment)
        return True

    def describe(self):
        return {"limit": self.limit, "seconds": self.seconds,
                "retry_after": self.retry_after, "path": self.path}


class Counters:
    """What reached the server; requests to /_control are never counted."""

    def __init__(self):
        self.requests = 0
        self.rejected = 0
        self.paths = collections.Counter()
        self.urls = collections.Counter()
        self.statuses = collections.Counter()
        self.connections = 0
        self.in_flight = 0
        self.max_in_flight = 0
        self.bytes_sent = 0
        self.log = collections.deque(maxlen=KEPT_REQUESTS)

    def describe(self):
        return {"requests": self.requests, "rejected_429": self.rejected,
                "connections": self.connections,
                "in_flight": self.in_flight, "max_in_flight": self.max_in_flight,
                "bytes_sent": self.bytes_sent,
                "by_path": dict(self.paths), "by_url": dict(self.urls),
                "by_status": {str(k): v for k, v in self.statuses.items()}}


class State:
    """Everything above behind one lock; handlers hold it only to read or note."""

    def __init__(self, fixed_now=None, rate=None):
        self.lock = threading.RLock()
        self.clock = Clock(fixed_now)
        self.initial_rate = rate or ""
        self.revisions = Revisions()
        self.rate = RateLimit.parse(self.initial_rate)
        self.counters = Counters()
        self.sockets_accepted = 0

    def reset(self):
        with self.lock:
            self.clock.reset()
            self.revisions = Revisions()
            self.rate = RateLimit.parse(self.initial_rate)
            self.reset_counters()

    def reset_counters(self):
        """Requests under way keep their place in in_flight."""
        with self.lock:
            fresh = Counters()
            fresh.in_flight = fresh.max_in_flight = self.counters.in_flight
            self.counters = fresh

    def request_started(self, request, first_on_connection):
        with self.lock:
            counters = self.counters
            counters.requests += 1
            counters.connections += first_on_connection
            counters.paths[request.path] += 1
            counters.urls[request.target] += 1
            counters.in_flight += 1
            counters.max_in_flight = max(counters.max_in_flight, counters.in_flight)
            entry = {"at": time.time(), "method": request.method,
                     "url": request.target, "headers": request.headers,
                     "body": request.body[:KEPT_BODY].decode("utf-8", "replace"),
                     "status": None, "bytes": 0}
            counters.log.append(entry)
            return entry

    def request_answered(self, entry, status):
        """Before the answer is sent, so that a client that has it sees it counted."""
        with self.lock:
            self.counters.statuses[status] += 1
            entry["status"] = status

    def request_ended(self, entry, sent):
        with self.lock:
            self.counters.in_flight -= 1
            self.counters.bytes_sent += sent
            entry["bytes"] = sent

    def admits(self, path):
        with self.lock:
            admitted = self.rate.admits(path)
            self.counters.rejected += not admitted
            return admitted
