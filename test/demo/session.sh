# The demo itself, as the user who owns the servers: session.sh start|stop.
set -uo pipefail

home=$DEMO_HOME
cd "$home/tree" || exit 1
export PG_CONFIG=/usr/lib/postgresql/$DEMO_PG/bin/pg_config
export ELT_WORK=$home ELT_PG=$DEMO_PG ELT_COVERAGE="" ELT_JOBS
ELT_JOBS=$(nproc)
. test/lib/server.sh
. test/demo/steps.sh

case $1 in
	start) start ;;
	stop) stop ;;
esac
