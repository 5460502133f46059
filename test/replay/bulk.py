"""Large generated bodies, streamed, for benchmarks and memory tests.

Making a record costs one join of ready-made pieces, so that the server is not
what a benchmark measures.
"""
import datetime
import itertools

from noise import jitter, pick, unit
from wire import Response, text_response

BLOCK = 2000
FIRST_DATE = datetime.date(2024, 1, 1)
FIRST_SECOND = 1704067200       # FIRST_DATE, 00:00 UTC
KINDS = 4093                    # prime, so that details and instants drift apart
PRODUCTS = ("espresso", "flat white", "filter coffee", "oat latte", "croissant",
            "cinnamon roll", "rye bread", "apple juice")
CHANNELS = ("app", "web", "till", "phone")
CURRENCIES = ("EUR", "EUR", "EUR", "CHF", "GBP")
CLOCK = ["T%02d:%02d:%02dZ" % (s // 3600, s // 60 % 60, s % 60) for s in range(86400)]
TYPES = {"json": "application/json", "jsonl": "application/x-ndjson",
         "csv": "text/csv", "tsv": "text/tab-separated-values"}
COLUMNS = ("order_id", "ts", "store", "product", "qty", "price", "currency", "customer",
           "channel")


def details(seed, number):
    return ("store-%02d" % pick(seed, number * 6, 1, 60),
            PRODUCTS[pick(seed, number * 6 + 1, 0, len(PRODUCTS) - 1)],
            str(pick(seed, number * 6 + 2, 1, 9)),
            "%.2f" % (1 + 40 * unit(seed, number * 6 + 3)),
            CURRENCIES[pick(seed, number * 6 + 4, 0, len(CURRENCIES) - 1)],
            "c%06d" % pick(seed, number * 6 + 5, 0, 999999),
            CHANNELS[number % len(CHANNELS)])


def tail(form, values):
    """What follows the instant in a record of this form."""
    if form in ("csv", "tsv"):
        mark = "," if form == "csv" else "\t"
        return mark + mark.join(values) + "\n"
    text = ('","store":"%s","product":"%s","qty":%s,"price":%s,"currency":"%s",'
            '"customer":"%s","channel":"%s"}' % values)
    return text + ("\n" if form == "jsonl" else "")


def head(form, number, date):
    if form in ("csv", "tsv"):
        return "%d%s%s" % (number, "," if form == "csv" else "\t", date)
    return '{"order_id":%d,"ts":"%s' % (number, date)


def record_blocks(form, count, seed):
    """Blocks of records; record i is one second after record i - 1."""
    tails = [tail(form, details(seed, number)) for number in range(KINDS)]
    comma = "," if form == "json" else ""
    for start in range(0, count, BLOCK):
        stop = min(count, start + BLOCK)
        dates = {day: (FIRST_DATE + datetime.timedelta(day)).isoformat()
                 for day in range(start // 86400, stop // 86400 + 1)}
        yield comma.join([
            head(form, i + 1, dates[i // 86400]) + CLOCK[i % 86400] + tails[i % KINDS]
            for i in range(start, stop)])


def records(form, count, seed, wrap):
    blocks = record_blocks(form, count, seed)
    if form == "csv":
        yield (",".join(COLUMNS) + "\n").encode()
    if form != "json":
        yield from (block.encode() for block in blocks)
        return
    yield ('{"%s":[' % wrap if wrap else "[").encode()
    for i, block in enumerate(blocks):
        yield (("," if i else "") + block).encode()
    yield b"]}" if wrap else b"]"


def columns(points, series, seed):
    """The shape of /public_power at any size: 900 s steps from 2024-01-01."""
    ring = ["%.1f" % (30000 + 29000 * jitter(seed, number)) for number in range(KINDS)]
    yield b'{"unix_seconds":['
    for start in range(0, points, BLOCK):
        stop = min(points, start + BLOCK)
        block = ",".join(str(FIRST_SECOND + 900 * i) for i in range(start, stop))
        yield (("," if start else "") + block).encode()
    yield b'],"production_types":['
    for number in range(series):
        yield ('%s{"name":"Series %d","data":[' % ("," if number else "", number)).encode()
        endless = itertools.islice(itertools.cycle(ring), number * 97 % KINDS, None)
        for start in range(0, points, BLOCK):
            block = ",".join(itertools.islice(endless, min(BLOCK, points - start)))
            yield (("," if start else "") + block).encode()
        yield b"]}"
    yield b'],"deprecated":false}'


def answer(request):
    """/big?records=&seed=&format=&wrap=&length= and /columnar?points=&series=&seed=."""
    params = request.params()
    seed = request.number("seed", 1)
    form = params.get("format", "json")
    if form not in TYPES:
        return text_response("format is one of %s" % ", ".join(TYPES), 400)
    if request.path == "/columnar":
        body = columns(request.number("points", 96), request.number("series", 20), seed)
        form = "json"
    else:
        body = records(form, request.number("records", 1000), seed, params.get("wrap", ""))
    if params.get("length") == "1":
        body = b"".join(body)
    return Response(body=body, content_type=TYPES[form])
