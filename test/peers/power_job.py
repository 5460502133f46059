"""Half a year of power generation: 345,600 values from 180 requests, in columns, with a key that begins with texts."""
import datetime
import json
import shutil

from latency import LatencyServer
from order_jobs import api_server
from peer_job import compare, psql, run

DAYS, TYPES, FIRST = 180, 20, 1704067200
CHECKSUM = ("SELECT count(*) || ' ' || sum(hashtextextended(concat_ws(' ', country, production_type, ts, power_mw), 0)) "
            "FROM %s")
ROWS = ("SELECT 'de', t ->> 'name', to_timestamp(z.at::bigint), z.value::float8 FROM raw, "
        "jsonb_array_elements(doc::jsonb -> 'production_types') AS t, "
        "ROWS FROM (jsonb_array_elements_text(doc::jsonb -> 'unix_seconds'), jsonb_array_elements_text(t -> 'data')) AS z(at, value)")
UPSERT = ("INSERT INTO power_peer SELECT * FROM power_stage ON CONFLICT (country, production_type, ts) DO UPDATE "
          "SET power_mw = excluded.power_mw WHERE power_peer.power_mw IS DISTINCT FROM excluded.power_mw")


def write_days(folder):
    folder.mkdir()
    for day in range(DAYS):
        start = FIRST + day * 86400
        body = {"unix_seconds": [start + 900 * quarter for quarter in range(96)],
                "production_types": [{"name": "production type %d" % kind,
                                      "data": [(day * 131 + kind * 17 + quarter) % 9973 / 10 for quarter in range(96)]}
                                     for kind in range(1, TYPES + 1)], "deprecated": False}
        name = datetime.datetime.fromtimestamp(start, datetime.timezone.utc).strftime("%Y-%m-%d")
        (folder / name).write_text(json.dumps(body) + "\n")


def declare(job, url):
    api_server(job, "power", url, ", concurrency '8'")
    job.server.sql("""
        CREATE FOREIGN TABLE power_api (
            country text OPTIONS (param 'country'),
            production_type text OPTIONS (path 'name'),
            ts timestamptz OPTIONS (path '$.unix_seconds[*]', format 'unix'),
            power_mw float8 OPTIONS (path 'data[*]')
        ) SERVER power OPTIONS (path '/0', query 'country={country}&name={window_start}', records '$.production_types[*]',
            window '1 day', window_column 'ts', window_format 'YYYY-MM-DD');
        SELECT elt.create_pipeline('power', 'power_api', 'power_target', '{country,production_type,ts}',
            params => '{"country": ["de"]}', start_at => '2024-01-01', lookback => '1000 days', options => jsonb_build_object(
                'publication_delay', make_interval(secs => extract(epoch FROM now() - '2024-06-28 23:00'))));
        CREATE TABLE power_peer (country text, production_type text, ts timestamptz, power_mw float8,
            PRIMARY KEY (country, production_type, ts));
        CREATE UNLOGGED TABLE power_stage (LIKE power_peer)""")


def half_year(job, table):
    write_days(job.home / "days")
    with LatencyServer(job.home, "power", "--folder", job.home / "days") as api:
        declare(job, api.url)
        names = sorted(path.name for path in (job.home / "days").iterdir())
        (job.home / "power.cfg").write_text("".join(
            'url = "%s/0?country=de&name=%s"\noutput = "got_days/%s"\n' % (api.url, name, name) for name in names))
        return loads(job, table)


def loads(job, table):
    fetch = "rm -rf got_days; mkdir got_days; curl -sS -Z --parallel-max 8 -K power.cfg 2>curl.log; "
    to_raw = ("DROP TABLE IF EXISTS raw; CREATE UNLOGGED TABLE raw (doc text); "
              "COPY raw FROM '%s/days.jsonl' (FORMAT csv, QUOTE e'\\x01', DELIMITER e'\\x02'); " % job.home)
    by_psql = fetch + "cat got_days/* >days.jsonl; "
    title = "%s power values from %d requests" % (format(DAYS * TYPES * 96, ","), DAYS)
    work = job.home / "dlt"

    def empty(target):
        shutil.rmtree(work, ignore_errors=True)
        job.server.sql("DROP SCHEMA IF EXISTS dlt CASCADE")
        if target == "power_target":
            job.server.sql("SELECT elt.reset_pipeline('power')")
        job.fresh([name for name in ("power_target", "power_peer") if name == target])

    first = {"pg_elt": (run("power"), "power_target"),
             "curl -Z + psql + jsonb": (by_psql + psql(to_raw + "INSERT INTO power_peer " + ROWS), "power_peer"),
             "curl -Z + DuckDB": (fetch + job.script("duckdb_power.py", "'got_days/*'", "power_peer"), "power_peer"),
             "curl -Z + dlt": (fetch + job.script("dlt_power.py", "got_days", "append", work), "dlt.power_target")}
    passed = compare(job, table, title, CHECKSUM, first, empty, [("curl -Z + psql + jsonb", 2.5, None)])

    again = {"pg_elt": (run("power"), "power_target"),
             "curl -Z + psql + jsonb": (by_psql + psql("TRUNCATE power_stage; " + to_raw + "INSERT INTO power_stage " + ROWS +
                                                       "; " + UPSERT), "power_peer"),
             "curl -Z + DuckDB": (fetch + psql("TRUNCATE power_stage") + "; " + job.script(
                 "duckdb_power.py", "'got_days/*'", "power_stage") + "; " + psql(UPSERT), "power_peer")}

    def checkpoint(target):
        job.server.sql("CHECKPOINT")

    passed &= compare(job, table, title + ", again, nothing changed", CHECKSUM, again, checkpoint,
                      [("curl -Z + psql + jsonb", 30, None)])
    named = {**again, "pg_elt": (run("power", ", '2024-01-01', '2024-06-29'"), "power_target")}
    return passed & compare(job, table, title + ", again, every window named", CHECKSUM, named, checkpoint,
                            [("curl -Z + psql + jsonb", 2.5, None)])
