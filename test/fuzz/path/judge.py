"""Runs a case and holds what comes out against an independent reading of what went in."""
import collections
import gzip
import json
import re
import zlib

import oracle
import values
import xml_pages
from database import NAME, Fault, file_name, shown


# A slice of so many records that are refused to the last one fails.
ALL_REJECTED = 20


class Outcome:
    """What the pipeline made of one file."""

    def __init__(self):
        self.rows = []
        self.rejects = 0
        self.failed = False


class Expected:
    """What a file must come to."""

    def __init__(self):
        self.rows = collections.Counter()	# that must be there
        self.rejects = 0
        self.open = 0		# rows or rejects of which nobody can say more
        self.broken = []	# lines: a reject each, and whatever stood before the fault


def unpacked(data):
    """The file's content, or None when the archive is broken."""
    if not data.startswith(b"\x1f\x8b"):
        return data
    try:
        return gzip.decompress(data)
    except (OSError, EOFError, zlib.error):
        return None


def reading_of(case, data):
    content = unpacked(data)
    if content is None:
        return oracle.UNKNOWN
    if data[:4] == b"\x28\xb5\x2f\xfd":
        return oracle.UNKNOWN
    if case["format"] == "csv":
        return oracle.read_csv(content, case["columns"], case["options"])
    if case["format"] == "fixed":
        return oracle.read_fixed(content, case["columns"])
    if case["format"] == "xlsx":
        return oracle.read_sheet(data, case["columns"], case["options"])
    if case["format"] == "xml":
        return xml_pages.read(content, case["columns"], case["options"]["records"])
    read = oracle.read_json if case["format"] == "json" else oracle.read_lines
    return read(content, case["columns"], case["options"].get("records"))


class Judge:
    def __init__(self, database):
        self.db = database
        self.counts = collections.Counter()

    # ---- what must come out

    def expect(self, case, reading):
        types = [c["type"] for c in case["columns"]]
        records = [item for item in reading if isinstance(item, oracle.Record)]
        self.db.learn([(t, text) for record in records for row in record.rows if row for t, text in zip(types, row)] +
                      [(types[n], text) for record in records for n, text in record.shared])
        expected = Expected()
        for item in reading:
            if isinstance(item, oracle.Broken):
                expected.rejects += 1
                expected.broken.append(item.line)
            elif not self.expect_record(expected, types, item):
                return None
        return expected

    def expect_record(self, expected, types, record):
        """False: it cannot be told how many rows or rejects the page comes to."""
        shared = [self.db.verdict(types[n], text)[0] for n, text in record.shared if text is not None]
        if "refused" in shared:
            expected.rejects += 1
            return True
        if "raised" in shared or ("untold" in shared and len(record.rows) != 1):
            return False
        for row in record.rows:
            verdicts = [self.db.verdict(t, text) for t, text in zip(types, row)] if row else [("refused", None)]
            kinds = [kind for kind, _ in verdicts]
            if "raised" in kinds:
                return False
            if "refused" in kinds:
                expected.rejects += 1
            elif "untold" in kinds:
                expected.open += 1
            else:
                expected.rows[tuple(value for _, value in verdicts)] += 1
        return True

    # ---- what came out

    def stage(self, case, outcomes):
        _, error = self.db.attempt("CALL elt.pull('%s')" % NAME)
        if error is not None and error.pgcode != "EL003":
            raise Fault("elt.pull: %s" % error)
        for row in self.db.run("SELECT _file, %s FROM elt_staging.%s" % (shown(case["columns"]), NAME)):
            outcomes[row[0]].rows.append(row[1:])

    def land(self, outcomes):
        """Merge what is staged; only then is it told what was refused."""
        staged = sum(len(outcome.rows) for outcome in outcomes.values())
        files = sum(1 for outcome in outcomes.values() if outcome.rows)
        rows, error = self.db.attempt("SELECT rows_read, rows_inserted, rows_quarantined FROM elt.merge('%s')" % NAME)
        if error is not None and (staged or error.pgcode not in ("EL002", "EL003")):
            raise Fault("%d rows are staged, elt.merge: %s" % (staged, error))
        landed = self.db.run("SELECT count(*) FROM fuzzed_target")[0][0]
        if rows and (rows[0][1], landed) != (files, files):
            raise Fault("%d files have rows; the merge says %s and %d landed" % (files, rows[0], landed))
        for name, count in self.db.run("SELECT params ->> 'file', count(*) FROM elt.rejects WHERE pipeline = '%s' "
                                       "GROUP BY 1" % NAME):
            outcomes[name].rejects = count
        for name, in self.db.run("SELECT params ->> 'file' FROM elt.slices WHERE pipeline = '%s' "
                                 "AND state = 'failed'" % NAME):
            outcomes[name].failed = True

    def judge(self, case):
        if not self.db.declare(case):
            self.counts["cases that cannot be declared"] += 1
            return
        live = [self.db.attempt("SELECT %s FROM fuzzed_source WHERE _file = '%s'" % (
            shown(case["columns"]), file_name(n))) for n in range(len(case["files"]))]
        for n, condition in enumerate(case["checks"]):
            self.db.add_check(n, condition)
        outcomes = collections.defaultdict(Outcome)
        self.stage(case, outcomes)
        self.judge_checks(case)
        self.land(outcomes)
        # a batch whose records are refused to the last one fails, sound pages and all
        all_refused = not any(outcome.rows for outcome in outcomes.values())
        for n, text in enumerate(case["files"]):
            try:
                self.judge_file(case, text.encode("latin-1"), live[n], outcomes[file_name(n)], all_refused)
            except Fault as fault:
                raise Fault("file %s: %s" % (file_name(n), fault)) from None

    def judge_file(self, case, data, live, outcome, all_refused):
        rows, error = live
        if outcome.failed and outcome.rows:
            raise Fault("its slice failed and left %d rows" % len(outcome.rows))
        if error is None and (outcome.rejects or outcome.failed and not all_refused):
            raise Fault("a SELECT reads it; the pipeline refuses %s" % ("it" if outcome.failed else "some of it"))
        if error is None and collections.Counter(rows) != collections.Counter(outcome.rows):
            raise Fault("SELECT gives %s, the pipeline %s" % (rows, outcome.rows))
        if error is not None and not outcome.failed and not outcome.rejects:
            raise Fault("the pipeline refuses nothing; a SELECT says %s" % error)
        reading = reading_of(case, data)
        if reading == oracle.BAD and error is None:
            raise Fault("the page is not what it should be, and a SELECT reads it: %s" % rows)
        if reading == oracle.BAD and not outcome.failed:
            raise Fault("the page is not what it should be, and %d rows of it land" % len(outcome.rows))
        expected = self.expect(case, reading) if isinstance(reading, list) else None
        refused = outcome.failed and (all_refused or outcome.rejects >= ALL_REJECTED)
        if expected is not None and not (refused and not expected.rows):
            self.compare(case, expected, outcome, error)
            self.counts["rows"] += len(outcome.rows)
            self.counts["rejects"] += outcome.rejects
        self.counts["pages refused whole" if reading == oracle.BAD else
                    "pages read independently" if expected else "pages that only the server reads"] += 1

    def compare(self, case, expected, outcome, error):
        if outcome.failed:
            raise Fault("the page is sound; a SELECT says %s" % error)
        types = [c["type"] for c in case["columns"]]
        extra = collections.Counter(tuple(map(values.normal, types, row)) for row in outcome.rows)
        extra.subtract(expected.rows)
        lost = [row for row, count in extra.items() if count < 0]
        if lost:
            raise Fault("lacks the rows %s; has %s" % (lost, outcome.rows))
        extra = list((+extra).elements())
        if expected.broken:
            self.compare_broken(case, expected, outcome, extra)
        elif len(outcome.rows) + outcome.rejects != sum(expected.rows.values()) + expected.rejects + expected.open:
            raise Fault("%d rows and %d rejects; there should be %d and %d, and %d of either" % (
                len(outcome.rows), outcome.rejects, sum(expected.rows.values()), expected.rejects, expected.open))
        elif len(extra) > expected.open:
            raise Fault("has rows that nobody sent: %s" % extra)

    def compare_broken(self, case, expected, outcome, extra):
        """What stood before the fault of a line may be a row, but only as it was sent."""
        if outcome.rejects < expected.rejects:
            raise Fault("%d rejects; there are %d bad lines and values" % (outcome.rejects, expected.rejects))
        if expected.open:
            return
        texts = [text for line in expected.broken for text in tokens(line)] + [None]
        for n, column in enumerate(case["columns"]):
            self.db.learn([(column["type"], text) for text in texts])
            verdicts = [self.db.verdict(column["type"], text) for text in texts]
            told = {value for kind, value in verdicts if kind == "value"}
            if column["type"] in values.JSON_TYPES or "options" in column or any(kind in ("untold", "raised") for kind, _ in verdicts):
                continue
            for row in extra:
                if row[n] is not None and row[n] not in told:
                    raise Fault("%s of %s is a value that nobody sent: %s" % (row[n], column["name"], row))

    def judge_checks(self, case):
        rows, _ = self.db.attempt("SELECT check_name, rows_failed FROM elt.validate('%s')" % NAME)
        for name, failed in rows or []:
            condition = case["checks"][int(name.split("_")[1])]
            counted, error = self.db.attempt("SELECT count(*) FROM elt_staging.%s WHERE NOT (%s)" % (NAME, condition))
            self.counts["checks"] += 1
            if error is None and counted[0][0] != failed:
                raise Fault("check %s: %d rows fail, SQL says %d" % (condition, failed, counted[0][0]))


def tokens(line):
    """The scalars of a broken line, as texts."""
    found = re.findall(r'"(?:[^"\\]|\\.)*"|[^\s\[\]{},:"]+', line.decode("utf-8", "replace"))
    return [scalar(token) for token in found if token != "null"]


def scalar(token):
    if "\\" not in token:
        return token.strip('"')
    try:
        return json.loads(token)
    except ValueError:
        return token[1:-1]
