"""The example's own way to load: its scripts, and CALL elt.run."""
import datetime
import json
import urllib.request

import feed

SCRIPTS = ("01_source.sql", "02_pipelines.sql", "03_checks.sql")
COUNTED = ("rows_read", "rows_inserted", "rows_updated", "rows_unchanged", "rows_quarantined", "rows_dropped",
           "slices_landed", "slices_not_yet", "slices_failed")


def next_day(day):
    return (datetime.date.fromisoformat(day) + datetime.timedelta(days=1)).isoformat()


class Pipelines:
    def __init__(self, database, base, countries, bidding_zones, start_at):
        self.database = database
        self.base = base
        for script in SCRIPTS:
            database.script(script, url=base, allow_private="true", rate_limit="1000/s",
                            start_at=start_at, schedule="", schedule_slow="",
                            countries=json.dumps(countries), bidding_zones=json.dumps(bidding_zones))

    def run(self, name, first=None, last=None):
        """Runs one pipeline, over local days of Berlin when given; what elt.runs says of it."""
        window = ""
        if first:
            window = ", timestamp '%s' AT TIME ZONE 'Europe/Berlin', timestamp '%s' AT TIME ZONE 'Europe/Berlin'" % (
                first, next_day(last))
        self.database.sql("CALL elt.run('%s'%s)" % (name, window))
        run = self.database.rows("SELECT * FROM elt.runs WHERE pipeline = '%s' ORDER BY run_id DESC LIMIT 1" % name)[0]
        return {"state": run["state"], **{column: int(run[column]) for column in COUNTED}}

    def control(self, action, **arguments):
        """Speaks to the replay server."""
        request = urllib.request.Request(self.base + "/_control/" + action, json.dumps(arguments).encode())
        with feed.OPENER.open(request, timeout=60) as response:
            return json.loads(response.read())
