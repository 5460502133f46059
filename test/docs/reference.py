"""Reference tables of the pages against what the program knows."""
import re


def cells(line):
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def table(page, heading):
    """The rows of the first table below a heading, as lists of cells without their backquotes."""
    text = page.read_text()
    start = re.search(r"^#+ %s$" % re.escape(heading), text, re.M)
    assert start, "%s has no heading %s" % (page.name, heading)
    found = re.search(r"^\|.*\|\n\|[-| ]+\|\n((?:\|.*\|\n)+)", text[start.end():], re.M)
    assert found, "%s has no table below %s" % (page.name, heading)
    return [[cell.replace("`", "") for cell in cells(line)] for line in found.group(1).splitlines()]


def differences(shown, known, what):
    """Rows of the page against rows of the program, by their first cell. None: equal."""
    shown = {row[0]: row[1:] for row in shown}
    known = {row[0]: row[1:] for row in known}
    problems = ["%s is missing: %s" % (name, known[name]) for name in known if name not in shown]
    problems += ["there is no %s %s" % (what, name) for name in shown if name not in known]
    for name in known:
        if name in shown and shown[name] != known[name]:
            problems.append("%s: the page says %s, the program %s" % (name, shown[name], known[name]))
    return "\n".join(problems) or None


SETTINGS = """
SELECT name, CASE source WHEN 'default' THEN current_setting(name) ELSE boot_val END, CASE context WHEN 'user' THEN 'session' WHEN 'sighup' THEN 'server'
    ELSE context END, concat_ws(' ', short_desc, extra_desc)
FROM pg_settings WHERE name LIKE 'elt.%' AND (source = 'default' OR unit IS NULL)
"""


def settings(docs, query):
    return differences(table(docs / "settings.md", "All settings"), query(SETTINGS), "setting")


ARGUMENTS = """
SELECT a.parameter_name,
    CASE WHEN a.parameter_default IS NULL THEN 'required'
        WHEN a.parameter_default LIKE 'NULL%' THEN ''
        ELSE regexp_replace(a.parameter_default, '::[a-z\\[\\] ]+$', '') END,
    CASE WHEN EXISTS (SELECT FROM information_schema.parameters b
        WHERE b.specific_name LIKE 'alter_pipeline_%' AND b.specific_schema = 'elt'
        AND b.parameter_name = a.parameter_name) THEN 'yes' ELSE '' END, o.description
FROM information_schema.parameters a LEFT JOIN elt.pipeline_options o ON o.option = a.parameter_name
WHERE a.specific_schema = 'elt' AND a.specific_name LIKE 'create_pipeline_%'
ORDER BY a.ordinal_position
"""


def plain(default):
    """As a person writes it: no quotes, and no time as 0."""
    return re.sub(r"^00:00:00$", "0", default.strip("'"))


def arguments(docs, query):
    shown = table(docs / "pipeline.md", "Arguments")
    known = [[name, plain(default), *rest] for name, default, *rest in query(ARGUMENTS)]
    if [row[0] for row in shown] != [row[0] for row in known]:
        return "not in the order of elt.create_pipeline: %s" % ", ".join(row[0] for row in known)
    # those that are no options are described by the page alone
    undescribed = {row[0] for row in known if not row[-1]}
    shown = [unlinked(row[:-1] + [""] if row[0] in undescribed else row) for row in shown]
    return differences(shown, known, "argument")


OPTIONS = """
SELECT option, CASE WHEN valid_values LIKE '"%' THEN replace(replace(valid_values, ' and ', ', '), '"', '') ELSE type END,
    default_value #>> '{}', concat_ws('; ', array_to_string(strategies, ', '), 'load ' || load),
    CASE WHEN alterable THEN 'yes' END, description
FROM elt.pipeline_options WHERE NOT argument
"""


def unlinked(row):
    return [re.sub(r"\[([^]]+)\]\([^)]*\)", r"\1", cell) for cell in row]


def pipeline_options(docs, query):
    known = [[name, values, plain(default), *rest] for name, values, default, *rest in query(OPTIONS)]
    return differences([unlinked(row) for row in table(docs / "pipeline.md", "Options")], known, "option")


VALIDATE = "SELECT elt_catalog.%s_validator('{xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx=1}', '%s'::regclass);"


def options(page, psql, wrapper, heading, catalog):
    """An option that is like no other makes the validator list those it has."""
    output = psql(VALIDATE % (wrapper, catalog))
    listed = re.search(r"^HINT:  Valid options of .* are (.*)\.$", output, re.M)
    assert listed, output
    shown = [[name.strip()] for row in table(page, heading) for name in row[0].split(",")]
    return differences(shown, [[name] for name in listed.group(1).split(", ")], "option")


def error_codes(docs, source):
    """Every code of src/base/errors.h, and no other."""
    known = re.findall(r"MAKE_SQLSTATE\(((?:'.'(?:, )?){5})\)", source.read_text())
    known = [["".join(re.findall(r"'(.)'", code))] for code in known]
    shown = [row[:1] for row in table(docs / "operations.md", "Error codes")]
    return differences(shown, known, "error code")


FUNCTIONS = """
SELECT DISTINCT 'elt.' || p.proname FROM pg_proc p
WHERE p.pronamespace = 'elt'::regnamespace
UNION SELECT 'elt.' || relname FROM pg_class WHERE relnamespace = 'elt'::regnamespace AND relkind = 'v'
UNION SELECT t.oid::regtype::text FROM pg_type t WHERE typnamespace = 'elt'::regnamespace AND typtype = 'b' AND typelem = 0
"""


def calls(docs, query):
    """Every elt.name that a page mentions exists, and every one that exists is on a page."""
    known = {row[0] for row in query(FUNCTIONS)} | {row[0] for row in query(SETTINGS)}
    text = "\n".join(page.read_text() for page in docs.glob("*.md"))
    text += (docs.parent / "README.md").read_text()
    mentioned = set(re.findall(r"\belt\.[a-z_]+", text)) - {"elt.name"}
    problems = ["nobody explains %s" % name for name in sorted(known - mentioned)]
    problems += ["there is no %s" % name for name in sorted(mentioned - known)]
    return "\n".join(problems) or None


OBJECTS = (("Server", "pg_foreign_server"), ("Foreign table", "pg_foreign_table"), ("Column", "pg_attribute"))


def translations(docs, script):
    """What the page says of tests of others stands in a test of ours."""
    tested = script.read_text()
    rows = table(docs / "dbt.md", "Tests of rows") + table(docs / "dbt.md", "Tests of tables")
    return "\n".join("%s is not in %s" % (cell, script.name) for row in rows for cell in row[2:]
                     if cell not in tested) or None


METRIC = re.compile(r'\{"(elt_\w+)", METRIC_(\w+),\s*"([^"]*)"')


def metrics(docs, source):
    """Every metric of the table, with its type and help."""
    known = [[name + ("_total" if kind == "COUNTER" else ""), kind.lower(), text] for name, kind, text in METRIC.findall(source.read_text())]
    shown = [[row[0], row[1], row[3]] for row in table(docs / "monitoring.md", "Metrics")]
    return differences(shown, known, "metric")


def compare(docs, query, psql):
    """(title, problem or None) of each table."""
    yield "docs/settings.md: every setting", settings(docs, query)
    yield "docs/pipeline.md: every argument", arguments(docs, query)
    yield "docs/pipeline.md: every option", pipeline_options(docs, query)
    for name, wrapper in (("source.md", "elt_http"), ("file.md", "elt_file")):
        for heading, catalog in OBJECTS:
            yield ("docs/%s: options, %s" % (name, heading),
                   options(docs / name, psql, wrapper, heading, catalog))
    yield "docs/monitoring.md: every metric", metrics(docs, docs.parent / "src/ops/metric_table.c")
    yield "docs/operations.md: error codes", error_codes(docs, docs.parent / "src/base/errors.h")
    yield "docs/dbt.md: every row is tested", translations(docs, docs.parent / "sql/dbt.sql")
    yield "every function and view is on a page", calls(docs, query)
