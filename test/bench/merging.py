"""Staged batches of real pipelines, and merges that are timed and rolled back.

A pipeline's source is a CSV file, written from a query; elt.pull stages it. What merges runs in
one session that stays, because a new one reads the catalogue of every partition first. It is
rolled back and vacuumed away, so that each round finds the same tables. On a machine that others
use, ELT_BENCH_CLOCK=cpu counts the time that the session's process ran instead of what passed.
"""
import os
import re
import subprocess
import time

CPU_CLOCK = os.environ.get("ELT_BENCH_CLOCK") == "cpu"


class Batches:
    """Pipelines of one foreign server; their sources are files below a directory."""

    def __init__(self, server, directory):
        self.server = server
        self.directory = directory
        server.sql("CREATE SERVER batches FOREIGN DATA WRAPPER elt_file OPTIONS (root '%s')" % directory)

    def pipeline(self, name, columns, arguments, options="{}"):
        """Pipeline, target and foreign table; columns as in CREATE TABLE, options as JSON."""
        self.server.sql("""
            CREATE FOREIGN TABLE %(name)s_source (%(columns)s) SERVER batches
                OPTIONS (glob '%(name)s.csv', settle '0', on_change 'merge', format 'csv', header 'true');
            SELECT elt.create_pipeline('%(name)s', '%(name)s_source', '%(name)s', %(arguments)s,
                options => '{"batch_rows": 1000000000, "batch_bytes": 100000000000}'::jsonb || '%(options)s')""" % {
                    "name": name, "columns": columns, "arguments": arguments, "options": options})

    def stage(self, name, query):
        """Stage the rows of a query; returns how many they are."""
        self.server.sql("COPY (%s) TO '%s/%s.csv' WITH (FORMAT csv, HEADER)" % (query, self.directory, name))
        self.server.sql("CALL elt.pull('%s')" % name)
        return int(self.server.sql("SELECT count(*) FROM elt_staging.%s" % name))


def clock(session):
    """A function that tells the time, in milliseconds."""
    if not CPU_CLOCK:
        return lambda: time.perf_counter() * 1000
    return lambda: session.cpu() * 1000


def rolled_back(session, statement):
    """A function that returns the milliseconds of a statement in a transaction that is rolled back."""
    now = clock(session)

    def run():
        session.ask("BEGIN")
        started = now()
        session.ask(statement)
        elapsed = now() - started
        session.ask("ROLLBACK")
        return elapsed
    return run


def outcome(session, statement, question):
    """What a question answers after the statement, before it is rolled back."""
    session.ask("BEGIN")
    session.ask(statement)
    answer = session.ask(question)
    session.ask("ROLLBACK")
    return answer


def wal_on(server, start, end, name):
    """Bytes of WAL records that touch the target's files."""
    files = set(server.sql("""
        WITH heap AS (SELECT relid FROM pg_partition_tree('%s'))
        SELECT pg_relation_filenode(r) FROM (SELECT relid FROM heap
            UNION SELECT indexrelid FROM pg_index JOIN heap ON indrelid = relid) AS x(r)
        WHERE pg_relation_filenode(r) IS NOT NULL""" % name).split())
    dump = subprocess.run([server.bin / "pg_waldump", "-p", server.data / "pg_wal", "-s", start, "-e", end],
                          capture_output=True, text=True).stdout
    return sum(int(re.search(r"tot\): +\d+/ *(\d+)", record).group(1)) for record in dump.splitlines()
               if files & set(re.findall(r"rel \d+/\d+/(\d+)", record)))
