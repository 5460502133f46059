"""/items: one list that can be paged in every common way, without server state.

  total=N items, limit=K a page, since_id=I only items with a larger id,
  since=T only items that were updated then or later (ISO, to the second, in UTC)
  page=2 | offset=100 | cursor=<opaque>
  shape=array answers the bare list; else an object with every paging field

Each answer also has a Link header with first, prev, next and last.
"""
import base64
import datetime
import urllib.parse

from wire import BadQuery, json_response

START = datetime.datetime(2024, 1, 1)


def item(number):
    updated = START + datetime.timedelta(minutes=number)
    return {"id": number, "name": "item %d" % number, "amount": round(number * 1.25, 2),
            "updated_at": updated.isoformat() + "Z"}


def cursor_of(offset):
    return base64.urlsafe_b64encode(b"o:%d" % offset).decode()


def offset_of(request, limit):
    params = request.params()
    if params.get("cursor"):
        try:
            return int(base64.urlsafe_b64decode(params["cursor"])[2:])
        except ValueError as error:
            raise BadQuery("cursor is not one that this server gave") from error
    if "page" in params:
        return (max(1, request.number("page", 1)) - 1) * limit
    return request.number("offset", 0)


def url_at(request, offset, limit):
    """The same request at another offset, in the caller's own way of paging."""
    params = request.params()
    if "page" in params:
        params["page"] = str(offset // limit + 1)
    elif "cursor" in params:
        params["cursor"] = cursor_of(offset)
    else:
        params["offset"] = str(offset)
    return request.base + request.path + "?" + urllib.parse.urlencode(params)


def links(request, offset, limit, count):
    last = max(0, (count - 1) // limit * limit)
    wanted = {"first": 0, "last": last}
    if offset > 0:
        wanted["prev"] = max(0, offset - limit)
    if offset + limit < count:
        wanted["next"] = offset + limit
    return {name: url_at(request, at, limit) for name, at in wanted.items()}


def first_since(text):
    """The id of the first item that was updated then or later."""
    try:
        then = datetime.datetime.fromisoformat(text.removesuffix("Z"))
    except ValueError as error:
        raise BadQuery("since is not a time") from error
    return max(1, -((START - then) // datetime.timedelta(minutes=1)))


def answer(request):
    limit = max(1, request.number("limit", 100))
    offset = offset_of(request, limit)
    first = request.number("since_id", 0) + 1
    if "since" in request.params():
        first = max(first, first_since(request.params()["since"]))
    ids = range(first, request.number("total", 250) + 1)
    found = [item(number) for number in ids[offset:offset + limit]]
    linked = links(request, offset, limit, len(ids))
    header = ", ".join('<%s>; rel="%s"' % (url, name) for name, url in linked.items())
    if request.params().get("shape") == "array":
        return json_response(found, headers=[("Link", header)])
    more = offset + limit < len(ids)
    return json_response({
        "items": found, "total": len(ids), "limit": limit, "offset": offset,
        "page": offset // limit + 1, "pages": -(-len(ids) // limit), "has_more": more,
        "next_cursor": cursor_of(offset + limit) if more else None,
        "next": linked.get("next")}, headers=[("Link", header)])
