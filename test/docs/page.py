"""What stands in a page: its sql blocks, what they are compared with, and its links.

A sql block must succeed. The fence that follows it, with nothing but blank lines between, says
more:

  text, first word ERROR   the block must fail, with this message; what follows it (DETAIL, HINT)
                           may be left out from some line on
  text checked             the block printed exactly this, messages included; a line ... stands
                           for any lines, row counts like (2 rows) do not matter
  any other                an illustration, compared with nothing
"""
import re

FENCE = re.compile(r"^```([^\n]*)\n(.*?)^```[ ]*$", re.S | re.M)
KNOWN_FENCES = {"", "sql", "sh", "text", "text checked", "mermaid"}
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
LAST_STATEMENT_ENDS = re.compile(r";\s*(--[^\n]*)?\s*\Z|^\\[^\n]*\s*\Z", re.M)
ROW_COUNT = re.compile(r"^\(\d+ rows?\)$")


def lines_of(text):
    lines = [line.rstrip() for line in text.splitlines()]
    lines = [line for line in lines if not ROW_COUNT.match(line)]
    while lines and not lines[-1]:
        lines.pop()
    return lines


def failed(output):
    return re.search(r"^(ERROR|FATAL): |^invalid command ", output, re.M) is not None


def matches(wanted, found):
    """Do the lines agree, where a wanted line ... stands for any lines?"""
    if not wanted:
        return not found
    if wanted[0] == "...":
        return any(matches(wanted[1:], found[i:]) for i in range(len(found) + 1))
    return bool(found) and wanted[0] == found[0] and matches(wanted[1:], found[1:])


class Block:
    """One sql block and what the page says of it."""

    def __init__(self, line, sql, kind, shown):
        self.line = line
        self.sql = sql
        self.kind = kind
        self.shown = lines_of(shown)

    def problem(self, output):
        """What is wrong with what it did, or None."""
        if not LAST_STATEMENT_ENDS.search(self.sql):
            return "its last statement has no semicolon: a reader would wait for ever"
        if self.kind == "error":
            return self._problem_with_error(lines_of(output))
        if failed(output):
            return output
        if self.kind == "checked" and not matches(self.shown, lines_of(output)):
            return "the page shows\n%s\nbut it printed\n%s" % ("\n".join(self.shown), output)
        return None

    def _problem_with_error(self, found):
        starts = [i for i, line in enumerate(found) if line.startswith("ERROR:")]
        if not starts:
            return "should fail with\n%s" % "\n".join(self.shown)
        if found[starts[0]:][:len(self.shown)] != self.shown:
            return "the page shows\n%s\nbut it says\n%s" % ("\n".join(self.shown), "\n".join(found))
        return None


def kind_of(info, text):
    if info == "text checked":
        return "checked"
    if info == "text" and text.startswith("ERROR:"):
        return "error"
    return "run"


def sql_blocks(text):
    fences = list(FENCE.finditer(text))
    for fence, following in zip(fences, fences[1:] + [None]):
        if fence.group(1).strip() != "sql":
            continue
        kind, shown = "run", ""
        if following is not None and not text[fence.end():following.start()].strip():
            kind, shown = kind_of(following.group(1).strip(), following.group(2)), following.group(2)
        yield Block(text[: fence.start()].count("\n") + 2, fence.group(2), kind, shown)


def fence_problem(text):
    """A fence that nobody runs because its kind is misspelt, or that is not closed."""
    unknown = [f.group(1) for f in FENCE.finditer(text) if f.group(1).strip() not in KNOWN_FENCES]
    if unknown:
        return "unknown kind of fence: %s" % ", ".join(unknown)
    if len(re.findall(r"^```", text, re.M)) % 2:
        return "a fence is not closed"
    previous = "sql"
    for fence in FENCE.finditer(text):
        if kind_of(fence.group(1).strip(), fence.group(2)) != "run" and previous != "sql":
            return "compared with nothing: %s" % fence.group(2).splitlines()[0]
        previous = fence.group(1).strip()
    return None


def anchor_of(heading):
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def anchors(file):
    without_code = FENCE.sub("", file.read_text())
    return {anchor_of(h) for h in re.findall(r"^#+ (.*)$", without_code, re.M)}


def link_problem(file, text):
    for target in LINK.findall(FENCE.sub("", text)):
        if re.match(r"[a-z]+://", target):
            continue
        path, _, anchor = target.partition("#")
        other = (file.parent / path).resolve() if path else file
        if not other.exists():
            return "%s leads nowhere" % target
        if anchor and anchor not in anchors(other):
            return "%s: there is no such heading" % target
    return None


def map_problem(files):
    """Every page is in the map that README.md ends with."""
    readme = files[0].read_text()
    missing = [f.name for f in files[1:] if "](docs/%s)" % f.name not in readme]
    return "missing: %s" % ", ".join(missing) if missing else None
