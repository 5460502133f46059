# Where the demo of this clone lives. Sourced by start and stop; sets root, home and become.
#
# Everything is in one directory: below .demo for a user who owns the clone; for root, whom
# PostgreSQL refuses, in a directory of user postgres whose name follows from the clone's path.

root=$(cd "$(dirname "$0")/../.." && pwd)
become=()
if [ "$(id -u)" = 0 ]; then
	home=/var/tmp/pg_elt_demo_$(printf %s "$root" | sha256sum | cut -c1-12)
	become=(setpriv --reuid=postgres --regid=postgres --init-groups)
else
	home=$root/.demo/home
fi

# A directory is ours only with this mark in it: nothing else is ever removed.
mark=$home/.pg_elt_demo

# session VERB: demo/session.sh as the user who owns the servers, with a clean environment.
session()
{
	"${become[@]}" env -i LC_ALL=C.UTF-8 HOME="$home" TERM="${TERM:-dumb}" COLUMNS="${COLUMNS:-}" \
		PATH="/usr/lib/postgresql/$pg/bin:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin" \
		DEMO_HOME="$home" DEMO_PG="$pg" DEMO_URL="${ENERGY_CHARTS_URL:-}" bash "$home/tree/test/demo/session.sh" "$1"
}
