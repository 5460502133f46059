"""The Energy-Charts API: routes, parameters, and its ways of saying no.

Unknown query parameters are ignored. A window without data, and a start or end in
no known form, is 404 in plain text; a bad country or zone is 400 in plain text.
"""
import capacity
import power
import price
import zones
from profiles import TOTAL_LOAD
from wire import json_response, text_response

TOTAL_POWER_SCALE = 1.08
BOOLEANS = {**dict.fromkeys("true 1 yes on t y".split(), True),
            **dict.fromkeys("false 0 no off f n".split(), False)}
LONGEST_WINDOW = 3700 * zones.DAY


class Refused(Exception):
    """Carries the error response."""

    def __init__(self, response):
        super().__init__(response.status)
        self.response = response


def no_content():
    return text_response("no content available", 404)


def check_country(params, allowed=zones.COUNTRIES):
    country = params.get("country") or "de"
    if country not in allowed:
        raise Refused(text_response(
            "'%s' is not the code for an available country. Please refer to the API doc"
            " for information about available countries" % country, 400))
    return country


def check_zone(params):
    zone = params.get("bzn") or "DE-LU"
    if zone not in zones.BIDDING_ZONES:
        raise Refused(text_response(
            "'%s' is not the code for an available bidding zone. Please refer to the API"
            " doc for information about available bidding zones" % zone, 400))
    return zone


def invalid(parameter, message, kind, given):
    return Refused(json_response({"detail": [
        {"type": kind, "loc": ["query", parameter], "msg": message, "input": given}]}, 422))


def check_boolean(params, name):
    given = params.get(name, "false")
    if given.lower() not in BOOLEANS:
        raise invalid(name, "Input should be a valid boolean, unable to interpret input",
                      "bool_parsing", given)
    return BOOLEANS[given.lower()]


def check_window(params, area, now):
    try:
        first, last = zones.window(area, params.get("start", ""), params.get("end", ""), now)
        zones.local_date(area, first), zones.local_date(area, last)
    except (zones.Unparsable, ValueError, OverflowError, OSError) as error:
        raise Refused(no_content()) from error
    if last - first > LONGEST_WINDOW:
        raise Refused(text_response("the window is too long", 400))
    return first, last


def public_power(params, now, revision_of):
    country = check_country(params)
    first, last = check_window(params, country, now)
    return power.Answer(country, first, last, now, revision_of).document()


def total_power(params, now, revision_of):
    country = check_country(params, ("de",))
    first, last = check_window(params, country, now)
    answer = power.Answer(country, first, last, now, revision_of, TOTAL_POWER_SCALE)
    return answer.document(TOTAL_LOAD)


def day_ahead_price(params, now, revision_of):
    zone = check_zone(params)
    first, last = check_window(params, zone, now)
    return price.document(zone, first, last, now, revision_of)


def installed_power(params, now, revision_of):
    country = check_country(params)
    net_changes = check_boolean(params, "installation_decommission")
    time_step = params.get("time_step") or "yearly"
    if time_step not in ("yearly", "monthly"):
        raise invalid("time_step", "Input should be 'yearly' or 'monthly'", "enum", time_step)
    if time_step == "monthly" and country != "de":
        return None
    return capacity.document(country, time_step == "monthly", net_changes, now,
                             revision_of(country, None))


ROUTES = {"/public_power": public_power, "/total_power": total_power,
          "/price": day_ahead_price, "/installed_power": installed_power}


def answer(request, state):
    """The response for one of ROUTES, from the state's clock and revisions."""
    with state.lock:
        now, revision_of = state.clock.now(), state.revisions.of
    try:
        document = ROUTES[request.path](request.params(), now, revision_of)
    except Refused as refused:
        return refused.response
    return no_content() if document is None else json_response(document)
