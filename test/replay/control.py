"""The control API under /_control: GET with a query string or POST with JSON."""
from faults import BadFault
from state import RateLimit
from wire import json_response


class Control:
    def __init__(self, state, faults, scripts, oauth, moving):
        self.state = state
        self.faults = faults
        self.scripts = scripts
        self.oauth = oauth
        self.moving = moving
        self.actions = {
            "": self.describe, "set": self.set, "now": self.set_now,
            "revision": self.set_revision, "rate": self.set_rate,
            "fault": self.add_fault, "faults": self.list_faults,
            "script": self.store_script, "scripts": self.list_scripts,
            "counters": self.counters, "requests": self.requests,
            "oauth": self.realm, "moving": self.move, "reset": self.reset,
        }

    def answer(self, request):
        action = request.path.removeprefix("/_control").strip("/")
        if action not in self.actions:
            return json_response({"error": "unknown action %s" % action,
                                  "actions": sorted(filter(None, self.actions))}, 404)
        try:
            arguments = {**request.params(), **request.json_body()}
            return json_response(self.actions[action](arguments))
        except (BadFault, ValueError, TypeError, KeyError) as error:
            return json_response({"error": str(error)}, 400)

    def describe(self, _=None):
        return {**self.state.clock.describe(),
                "revisions": self.state.revisions.describe(),
                "rate": self.state.rate.describe(),
                "faults": self.faults.describe(), "scripts": self.scripts.describe()}

    def set(self, arguments):
        """now, advance, revision (with country, day) and rate in one call."""
        known = {"now": self.set_now, "advance": self.set_now,
                 "revision": self.set_revision, "rate": self.set_rate}
        unknown = set(arguments) - set(known) - {"country", "bzn", "day"}
        if unknown or not arguments:
            raise ValueError("set takes now, advance, revision (country, day), rate")
        for name in [name for name in known if name in arguments]:
            known[name](arguments)
        return self.describe()

    def set_now(self, arguments):
        with self.state.lock:
            if "advance" in arguments:
                self.state.clock.advance(arguments["advance"])
            else:
                self.state.clock.set(arguments.get("now", arguments.get("value")))
            return self.state.clock.describe()

    def set_revision(self, arguments):
        area = arguments.get("country") or arguments.get("bzn")
        number = arguments.get("revision", arguments.get("value"))
        with self.state.lock:
            self.state.revisions.set(number, area, arguments.get("day"))
            return {"revisions": self.state.revisions.describe()}

    def set_rate(self, arguments):
        with self.state.lock:
            if "limit" in arguments:
                self.state.rate = RateLimit(**arguments)
            else:
                self.state.rate = RateLimit.parse(
                    arguments.get("rate", arguments.get("value", "")))
            return {"rate": self.state.rate.describe()}

    def add_fault(self, arguments):
        return self.faults.add(arguments).describe()

    def list_faults(self, _):
        return {"faults": self.faults.describe()}

    def store_script(self, arguments):
        name = arguments["id"]
        self.scripts.store(name, arguments["responses"])
        return {"id": name, "url": "/script/%s" % name}

    def list_scripts(self, _):
        return {"scripts": self.scripts.describe()}

    def counters(self, arguments):
        """One number with ?path= or ?url=, else all counters."""
        with self.state.lock:
            counters = self.state.counters
            if "path" in arguments:
                return {"requests": counters.paths[arguments["path"]]}
            if "url" in arguments:
                return {"requests": counters.urls[arguments["url"]]}
            return {**counters.describe(),
                    "sockets_accepted": self.state.sockets_accepted}

    def requests(self, arguments):
        """The last requests, oldest first, with headers and body."""
        last = int(arguments.get("last", 100))
        with self.state.lock:
            chosen = [dict(entry) for entry in self.state.counters.log
                      if arguments.get("path", entry["url"].partition("?")[0])
                      == entry["url"].partition("?")[0]]
        return {"requests": chosen[-last:]}

    def realm(self, arguments):
        """What became of the tokens of a realm; expire=1 voids its access tokens first, release=1 opens its gate."""
        return self.oauth.control(arguments["realm"], arguments.get("expire"), arguments.get("release"))

    def move(self, arguments):
        """A list that moves, and with ids what it is from now on."""
        if "ids" in arguments:
            self.moving.store(arguments["id"], arguments["ids"], arguments.get("moves", []))
        return self.moving.describe(arguments["id"])

    def reset(self, arguments):
        """Everything, or only what=counters, faults, scripts, oauth, moving or state."""
        parts = {"counters": self.state.reset_counters, "faults": self.faults.clear,
                 "scripts": self.scripts.clear, "oauth": self.oauth.clear,
                 "moving": self.moving.clear,
                 "state": self.state.reset}
        what = arguments.get("what", "all")
        if what != "all" and what not in parts:
            raise ValueError("what is all or one of %s" % ", ".join(parts))
        for name, action in parts.items():
            if what in ("all", name):
                action()
        return {"reset": what}
