"""Staged batches of real pipelines, and merges that are timed and rolled back.

A pipeline's source is a CSV file, written from a query; elt.pull stages it. What merges runs in
one session that stays, because a new one reads the catalogue of every partition first. It is
rolled back and vacuumed away, so that each round finds the same tables.
"""
import time


class Batches:
    """Pipelines of one foreign server; their sources are files below a directory."""

    def __init__(self, server, directory):
        self.server = server
        self.directory = directory
        server.sql("CREATE SERVER batches FOREIGN DATA WRAPPER elt_file OPTIONS (root '%s')" % directory)

    def pipeline(self, name, columns, arguments):
        """Pipeline, target and foreign table; the columns as CREATE TABLE has them."""
        self.server.sql("""
            CREATE FOREIGN TABLE %(name)s_source (%(columns)s) SERVER batches
                OPTIONS (glob '%(name)s.csv', format 'csv', header 'true');
            SELECT elt.create_pipeline('%(name)s', '%(name)s_source', '%(name)s', %(arguments)s,
                batch_rows => 1000000000, batch_bytes => 100000000000)""" % {
                    "name": name, "columns": columns, "arguments": arguments})

    def stage(self, name, query):
        """Stage the rows of a query; returns how many they are."""
        self.server.sql("COPY (%s) TO '%s/%s.csv' WITH (FORMAT csv, HEADER)" % (query, self.directory, name))
        self.server.sql("CALL elt.pull('%s')" % name)
        return int(self.server.sql("SELECT count(*) FROM elt_staging.%s" % name))


def rolled_back(session, statement):
    """A function that returns the milliseconds of a statement in a transaction that is rolled back."""
    def run():
        session.ask("BEGIN")
        started = time.perf_counter()
        session.ask(statement)
        elapsed = (time.perf_counter() - started) * 1000
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
