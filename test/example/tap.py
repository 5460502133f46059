"""TAP lines, and comparisons that say where two tables differ."""
import decimal
import traceback

SHOWN = 5


class Tap:
    def __init__(self):
        self.count = 0
        self.failed = 0

    def ok(self, passed, name, *notes):
        self.count += 1
        self.failed += not passed
        print("%sok %d - %s" % ("" if passed else "not ", self.count, name), flush=True)
        if not passed:
            for note in notes:
                self.note(note)
        return passed

    def equal(self, got, wanted, name):
        return self.ok(got == wanted, name, "got %r" % (got,), "wanted %r" % (wanted,))

    def same_table(self, got, wanted, agree, name):
        """Two dicts of rows: the same keys, and every value agrees in its column's way."""
        faults = ["only in the database: %r" % (key,) for key in got if key not in wanted]
        faults += ["not in the database: %r" % (key,) for key in wanted if key not in got]
        for key in wanted:
            if key in got and not faults_beyond(faults):
                faults += ["%r %s: %r, computed %r" % (key, column, got[key][column], value)
                           for column, value in wanted[key].items()
                           if not agree[column](got[key][column], value)]
        return self.ok(wanted and not faults, "%s (%d rows)" % (name, len(wanted)),
                       *(faults[:SHOWN] or ["no rows to compare"]))

    def skip(self, name, reason):
        self.count += 1
        print("ok %d - %s # SKIP %s" % (self.count, name, reason))

    def note(self, text):
        for line in str(text).splitlines():
            print("# " + line, flush=True)

    def run(self, body):
        """Runs the tests and prints the plan; returns the exit status."""
        try:
            body(self)
        except Exception:
            self.ok(False, "runs to its end", traceback.format_exc())
        print("1..%d" % self.count)
        return 1 if self.failed else 0


def faults_beyond(faults):
    return len(faults) > SHOWN


def identical(got, wanted):
    return got == wanted


def exact(got, wanted):
    """Decimals, digit for digit."""
    if got is None or wanted is None:
        return got is wanted
    return decimal.Decimal(got) == wanted


def rounded(got, wanted):
    """A decimal that a division cut off: equal to the last digit that the database shows."""
    if got is None or wanted is None:
        return got is wanted
    got = decimal.Decimal(got)
    return got == wanted.quantize(decimal.Decimal(1).scaleb(got.as_tuple().exponent),
                                  rounding=decimal.ROUND_HALF_UP)


def close(got, wanted):
    """A float8 against the exact value.

    Inputs have one or two decimals and are below 1e6, so float8 holds each to about 1e-10, and a
    difference of two of them can lose all digits behind that. Hence 1e-9 of the value or of 1.
    """
    if got is None or wanted is None:
        return got is wanted
    return abs(decimal.Decimal(float(got)) - wanted) <= decimal.Decimal("1e-9") * max(1, abs(wanted))
