"""psql, and two ways to get answers into the tables of schema energy."""
import csv
import decimal
import io
import os
import subprocess

HERE = os.path.dirname(os.path.abspath(__file__))
EXAMPLE = os.path.join(HERE, "..", "..", "docs", "examples", "energy")
NULL = r"\N"


class Database:
    """One database on the server that the environment names, made anew."""

    def __init__(self, name):
        self.name = "postgres"
        self.sql("DROP DATABASE IF EXISTS %s WITH (FORCE)" % name)
        self.sql("CREATE DATABASE %s" % name)
        self.name = name

    def psql(self, *arguments, stdin=None, **variables):
        command = ["psql", "-XqAt", "-v", "ON_ERROR_STOP=1", "-d", self.name]
        for variable, value in variables.items():
            command += ["-v", "%s=%s" % (variable, value)]
        done = subprocess.run([*command, *arguments], input=stdin, text=True, capture_output=True,
                              env={**os.environ, "PGOPTIONS": "-c client_min_messages=warning -c jit=off"})
        if done.returncode:
            raise RuntimeError("psql %s\n%s" % (" ".join(arguments), done.stderr))
        return done.stdout

    def script(self, name, **variables):
        return self.psql("-f", os.path.join(EXAMPLE, name), **variables)

    def sql(self, statement):
        return self.psql(stdin=statement)

    def transform(self):
        """The transforms of 04_star.sql, once more than a worker has run them after their parents."""
        for name in ("generation", "prices"):
            self.sql("CALL elt.wait(elt.enqueue('%s'))" % name)

    def value(self, query):
        return self.sql(query).rstrip("\n")

    def rows(self, query, seconds=0):
        """Rows as dicts of text, None for NULL; an error after so many seconds."""
        text = self.sql("SET statement_timeout = '%ds'; COPY (%s) TO STDOUT (FORMAT csv, HEADER, NULL '\\N', FORCE_QUOTE *)" % (seconds, query))
        return [{name: None if value == NULL else value for name, value in row.items()}
                for row in csv.DictReader(io.StringIO(text))]

    def table(self, query, keys, seconds=0):
        """{key columns: row}"""
        result = {}
        for row in self.rows(query, seconds):
            key = tuple(row[name] for name in keys)
            assert key not in result, "two rows for %r" % (key,)
            result[key] = row
        return result

    def round_trip(self, tap):
        """Every table and view that holds rows, to a Parquet file and back; elt.make_archive compares them. Not histories, whose
        infinite times Parquet has not."""
        lake = os.path.join(os.environ["ELT_WORK"], "run", self.name + ".lake")
        os.makedirs(lake, exist_ok=True)
        self.sql("CREATE SERVER round_trip FOREIGN DATA WRAPPER elt_file OPTIONS (root '%s')" % lake)
        faults = []
        tables = self.sql("SELECT oid::regclass FROM pg_class WHERE relkind IN ('r', 'p', 'm') AND relnamespace NOT IN ("
                          "SELECT oid FROM pg_namespace WHERE nspname ~ '^(pg_|elt|information_schema|cron)') "
                          "AND NOT relispartition AND NOT EXISTS (SELECT FROM pg_attribute WHERE attrelid = pg_class.oid "
                          "AND attname = 'valid_to')").splitlines()
        for number, table in enumerate(tables):
            try:
                rows = self.value("SELECT rows - (SELECT count(*) FROM %s) FROM elt.make_archive('%s', 'round_trip', '%d.parquet')"
                                  % (table, table, number))
                faults += [] if rows == "0" else ["%s: %s rows more" % (table, rows)]
            except RuntimeError as error:
                faults.append("%s: %s" % (table, error))
        tap.ok(tables and not faults, "%d tables come back from Parquet as they were" % len(tables), *faults)

    def copy(self, table, columns, rows):
        """Rows of text, numbers and None, through COPY."""
        self.sql("COPY %s (%s) FROM STDIN;\n%s\\.\n" % (
            table, ", ".join(columns), "".join("%s\n" % "\t".join(map(field, row)) for row in rows)))


def field(value):
    if value is None:
        return NULL
    if isinstance(value, decimal.Decimal):
        return str(value)
    return str(value).replace("\\", r"\\").replace("\t", r"\t").replace("\n", r"\n")


# -- loading without the API --------------------------------------------------------------------

def copy_answers(database, answers):
    """Lands what the pipelines of the example would, by others; the last answer wins."""
    database.sql("CREATE EXTENSION pg_elt")
    database.psql("-f", os.path.join(HERE, "tables.sql"))
    rows = {"public_power": {}, "price": {}, "yearly": {}, "monthly": {}}
    for answer in answers:
        for name, time, value in answer.points():
            rows[answer.kind][answer.area, name, time] = (value, answer.document)
    database.copy("energy.public_power_text", ("country", "production_type", "unix", "power_mw"), (
        (area, name, time, value) for (area, name, time), (value, _) in rows["public_power"].items()))
    database.copy("energy.price_text", ("bidding_zone", "unix", "price", "unit", "license"), (
        (area, time, value, document["unit"], document["license_info"])
        for (area, _, time), (value, document) in rows["price"].items()))
    for kind in ("yearly", "monthly"):
        database.copy("energy.installed_power_" + kind, (
            "country", "production_type", "period", "power_gw"), (
                (area, name, first_day(time), value)
                for (area, name, time), (value, _) in rows[kind].items() if value is not None))
    land(database, "public_power", "price")


def land(database, *pipelines):
    for name in pipelines:
        database.sql("CALL elt.run('%s')" % name)


def first_day(period):
    """'2024' and '03.2024' as a date."""
    month, _, year = period.rpartition(".")
    return "%s-%s-01" % (year, month or "01")
