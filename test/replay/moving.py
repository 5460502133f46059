"""/moving/<id>: lists that change between one request and the next, paged in every common way.

A list is a set of ids in their order. `moves` says what becomes of it after each answer:
{"insert": [ids], "delete": [ids]}, one after the other; when they are used up it stands still.

  limit=K a page, and page=2 | offset=100 by place | after=I by id
  shape=array answers the bare list; else an object with every paging field

`next` and the Link header lead on by id, so that nothing slips from one page to another.
"""
import json
import urllib.parse

from wire import json_response, text_response


def check_ids(value):
    ids = json.loads(value) if isinstance(value, str) else value
    if not isinstance(ids, list) or not all(isinstance(number, int) for number in ids):
        raise ValueError("ids must be an array of whole numbers")
    return set(ids)


class Moving:
    def __init__(self, lock):
        self.lock = lock
        self.lists = {}

    def store(self, name, ids, moves):
        moves = json.loads(moves) if isinstance(moves, str) else moves
        with self.lock:
            self.lists[name] = {"ids": check_ids(ids), "gone": set(), "turns": 0,
                                "moves": [{"insert": check_ids(move.get("insert", [])),
                                           "delete": check_ids(move.get("delete", []))}
                                          for move in moves]}

    def clear(self):
        with self.lock:
            self.lists = {}

    def describe(self, name):
        """What there is now, what has been and is gone, and how often it was asked for."""
        with self.lock:
            known = self.lists[name]
            return {"id": name, "ids": sorted(known["ids"]), "gone": sorted(known["gone"]),
                    "turns": known["turns"]}

    def turn(self, name):
        """The ids that this answer shows a part of; None: no such list."""
        with self.lock:
            known = self.lists.get(name)
            if known is None:
                return None
            shown = sorted(known["ids"])
            if known["turns"] < len(known["moves"]):
                move = known["moves"][known["turns"]]
                known["gone"] |= move["delete"] & known["ids"]
                known["ids"] = (known["ids"] - move["delete"]) | move["insert"]
            known["turns"] += 1
            return shown

    def answer(self, request):
        ids = self.turn(request.path.removeprefix("/moving/"))
        if ids is None:
            return text_response("no list is stored under %s" % request.path, 404)
        return page_of(request, ids)


def page_of(request, ids):
    limit = max(1, request.number("limit", 100))
    params = request.params()
    if "page" in params:
        start = (max(1, request.number("page", 1)) - 1) * limit
    elif "after" in params:
        start = len([number for number in ids if number <= request.number("after", 0)])
    else:
        start = request.number("offset", 0)
    shown = ids[start:start + limit]
    more = start + limit < len(ids)
    target = None
    headers = []
    if more:
        params["after"] = shown[-1]
        target = request.path + "?" + urllib.parse.urlencode(params)
        headers = [("Link", '<%s>; rel="next"' % target)]
    items = [{"id": number, "at": "2024-06-01T00:00:00Z"} for number in shown]
    if params.get("shape") == "array":
        return json_response(items, headers=headers)
    return json_response({"items": items, "total": len(ids), "has_more": more,
                          "next_cursor": shown[-1] if more else None, "next": target},
                         headers=headers)
