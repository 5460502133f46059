"""/oauth/<realm>/...: an authorization server and an API that takes its access tokens.

  POST token      a token for grant_type client_credentials or refresh_token. Of the URL: expires_in
                  (3600), lives (requests that a token is good for; none: any number), delay (seconds
                  before the answer, when all is decided), gate (1: the answer waits until the control
                  API releases the realm), rotates (1: a refresh token is spent by
                  its use, and another one comes with the answer; 2: the same, and every access
                  token from before is void)
  GET items, reflect
                  as the paths of that name without a token refused; of the URL: refuse (the status
                  that says so, 401) and code (the member error of its JSON body)

The first refresh token of a realm is <realm>-refresh-1.
"""
import threading
import urllib.parse

import paged
import scripts
from wire import json_response


class Realm:
    def __init__(self, name):
        self.name = name
        self.refresh = "%s-refresh-1" % name
        self.spent = []
        self.access = {}        # token: requests that it is still good for, None: any number
        self.gate = threading.Event()
        self.exchanges = 0      # that gave a token
        self.refused = 0        # requests for a token that did not

    def describe(self):
        return {"refresh": self.refresh, "spent": list(self.spent), "exchanges": self.exchanges,
                "refused": self.refused, "access": sorted(self.access)}

    def expire(self):
        self.access = {}

    def exchange(self, grant, token, rotates, lives):
        """The members of the answer, or None when it is refused."""
        if grant == "refresh_token" and token != self.refresh:
            self.refused += 1
            return None
        self.exchanges += 1
        if rotates == 2:
            self.expire()
        access = "%s-access-%d" % (self.name, self.exchanges)
        self.access[access] = lives
        answer = {"access_token": access, "token_type": "bearer"}
        if grant == "refresh_token" and rotates:
            self.spent.append(self.refresh)
            self.refresh = "%s-refresh-%d" % (self.name, len(self.spent) + 1)
            answer["refresh_token"] = self.refresh
        return answer

    def admits(self, token):
        if token not in self.access or self.access[token] == 0:
            return False
        if self.access[token] is not None:
            self.access[token] -= 1
        return True


def bearer(request):
    return request.headers.get("authorization", "").removeprefix("Bearer ")


class Realms:
    def __init__(self, lock):
        self.lock = lock
        self.realms = {}

    def realm(self, name):
        return self.realms.setdefault(name, Realm(name))

    def clear(self):
        with self.lock:
            self.realms = {}

    def control(self, name, expire, release):
        with self.lock:
            realm = self.realm(name)
            if release:
                realm.gate.set()
            if expire:
                realm.expire()
            return realm.describe()

    def answer(self, request):
        _, _, name, action = request.path.split("/", 3)
        if action == "token":
            return self.token(request, name)
        return self.data(request, name, action)

    def token(self, request, name):
        form = dict(urllib.parse.parse_qsl(request.body.decode()))
        lives = request.number("lives", -1)
        with self.lock:
            realm = self.realm(name)
            answer = realm.exchange(
                form.get("grant_type"), form.get("refresh_token"), request.number("rotates", 0),
                None if lives < 0 else lives)
        if answer is None:
            return json_response({"error": "invalid_grant", "error_description":
                                  "%s is spent" % form.get("refresh_token")}, 400)
        response = json_response({**answer, "expires_in": request.number("expires_in", 3600)})
        response.wire["delay"] = request.params().get("delay")
        response.wire["gate"] = realm.gate if request.params().get("gate") else None
        return response

    def data(self, request, name, action):
        params = request.params()
        with self.lock:
            admitted = self.realm(name).admits(bearer(request))
        if not admitted:
            return json_response({"error": params.get("code", "expired"), "token": bearer(request)},
                                 request.number("refuse", 401))
        if action == "reflect":
            return scripts.reflect(request)
        return paged.answer(request)
