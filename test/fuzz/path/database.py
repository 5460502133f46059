"""The server: a session, the table and the pipeline of a case, and what the types make of texts."""
import json
import os
import re

import psycopg2

import values

NAME = "fuzzed"
# What a person who reads a page may be told. Another class, above all XX, is a fault.
EXPECTED = re.compile(r"2[123]...|EL...|HV...|54...|0A000|42...")
TYPES_OF_FUZZ = ("positive", "short", "price", "recent", "needed", "given", "divisor", "small", "object", "two",
                 "mood", "pair", "recent[]")


class Fault(Exception):
    """What should not be."""


class Died(Fault):
    """The process of the session is gone."""


class Database:
    def __init__(self, root, types_file, url):
        self.root = root
        self.known = {}
        self.connection = psycopg2.connect("")
        self.connection.autocommit = True
        self.cursor = self.connection.cursor()
        self.run("SET client_min_messages = error; SET statement_timeout = '60s'")
        with open(types_file) as file:
            self.run(file.read())
        self.run("RESET search_path")
        for name in values.TYPES:
            self.run('CREATE TYPE fuzz."%s" AS (v %s)' % (one(name), sql_type(name)))
        self.run("CREATE SERVER fuzz_files FOREIGN DATA WRAPPER elt_file OPTIONS (root %s)" % quote(root))
        self.run("CREATE SERVER fuzz_http FOREIGN DATA WRAPPER elt_http OPTIONS (url %s, allow_private 'true', "
                 "rate_limit '100000/s', max_attempts '1')" % quote(url))

    def run(self, query, arguments=None):
        """Rows, or an error."""
        try:
            self.cursor.execute(query, arguments)
            return self.cursor.fetchall() if self.cursor.description else []
        except psycopg2.Error as error:
            if self.connection.closed or error.pgcode in (None, "57P01", "57P02", "57014"):
                raise Died("%s\n%s" % (query, error)) from None
            raise

    def attempt(self, query, arguments=None):
        """Rows and None, or None and an error that a person may be told."""
        try:
            return self.run(query, arguments), None
        except psycopg2.Error as error:
            if not EXPECTED.fullmatch(error.pgcode):
                raise Fault("%s\nSQLSTATE %s: %s" % (query, error.pgcode, error)) from None
            return None, error

    # ---- what values are

    def learn(self, pairs):
        """Ask for those (type, text) that are not known."""
        wanted = [pair for pair in set(pairs) if pair not in self.known and is_storable(pair[1])]
        if wanted:
            names, texts = zip(*wanted)
            self.known.update(zip(wanted, self.run("SELECT * FROM fuzz.read_values(%s, %s)",
                                                   ([one(name) for name in names], list(texts)))))

    def verdict(self, type_name, text):
        """('value', what), ('refused', None), ('untold', None), or ('raised', None): the page fails."""
        if not is_storable(text) or not values.is_certain(type_name, text):
            return "untold", None
        state, value = self.known[type_name, text]
        if state == "00000":
            return "value", values.normal(type_name, value)
        return ("refused" if state[:2] in ("21", "22", "23", "54") or state == "42601" else "raised"), None

    # ---- the case

    def declare(self, case):
        """False: the case's paths, options and types do not go together."""
        self.run("SELECT elt.drop_pipeline(name) FROM elt.pipelines WHERE name = %s", (NAME,))
        self.run("DROP TABLE IF EXISTS fuzzed_target; DROP FOREIGN TABLE IF EXISTS fuzzed_source")
        for name in os.listdir(self.root):
            os.unlink(os.path.join(self.root, name))
        for n, text in enumerate(case["files"]):
            with open(os.path.join(self.root, file_name(n)), "wb") as file:
                file.write(text.encode("latin-1"))
        return all(self.attempt(statement)[1] is None for statement in declarations(case))

    def add_check(self, n, condition):
        """False: it does not fit the columns."""
        return self.attempt("SELECT elt.add_check(%s, %s, %s, action => 'warn')",
                            (NAME, "check_%d" % n, condition))[1] is None


def declarations(case):
    """The statements that make a case's table and pipeline."""
    http = case["wrapper"] == "elt_http"
    columns = ["_file text OPTIONS (%s)" % ("param 'file'" if http else "lineage 'file'")]
    for column in case["columns"]:
        given = dict({"path": column["path"]} if "path" in column else {}, **column.get("options", {}))
        options = ", ".join("%s %s" % (name, quote(value)) for name, value in given.items())
        columns.append("%s %s%s" % (column["name"], sql_type(column["type"]), " OPTIONS (%s)" % options if given else ""))
    options = dict(case["options"])
    options.update({"path": "/{file}"} if http else {"format": case["format"], "glob": "*", "settle": "0", "on_change": "merge"})
    names = [file_name(n) for n in range(len(case["files"]))]
    return ["CREATE FOREIGN TABLE fuzzed_source (%s) SERVER %s OPTIONS (%s)" % (
                ", ".join(columns), "fuzz_http" if http else "fuzz_files",
                ", ".join("%s %s" % (name, quote(value)) for name, value in options.items())),
            "SELECT elt.create_pipeline('%s', 'fuzzed_source', 'fuzzed_target', '{_file}'%s)" % (
                NAME, ", params => '%s'" % json.dumps({"file": names}) if http else ""),
            "SELECT elt.alter_pipeline('%s', options => jsonb_build_object('max_reject_percent', 100))" % NAME]


def file_name(n):
    return "%02d" % n


def one(type_name):
    return "one " + type_name.replace('"', "")


def sql_type(name):
    return "fuzz." + name if name in TYPES_OF_FUZZ else name


def shown(columns):
    return ", ".join(c["name"] + "::text" for c in columns)


def is_storable(text):
    return text is None or not re.search("[\0\ud800-\udfff]", text)


def quote(text):
    return "E'" + text.replace("\\", "\\\\").replace("'", "''") + "'"
