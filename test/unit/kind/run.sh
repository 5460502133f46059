#!/bin/bash
# Kinds of source that are there for this test alone, added to a copy of the sources: a folder, a
# line of registration and an SQL fragment are all that each takes. Prints TAP.
set -u

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
if [ "$(id -u)" = 0 ]; then
	exec runuser -u postgres -- env TMPDIR="${TMPDIR:-/tmp}" PG_CONFIG="${PG_CONFIG:-pg_config}" ELT_SANITIZE="${ELT_SANITIZE:-}" bash "$here/run.sh"
fi

export PG_CONFIG=${PG_CONFIG:-pg_config}
PATH=$("$PG_CONFIG" --bindir):$PATH
ELT_PG=$("$PG_CONFIG" --version | sed 's/[^0-9]*\([0-9]*\).*/\1/')
ELT_WORK=$(mktemp -d "${TMPDIR:-/tmp}/kind.XXXXXX") || exit 1
ELT_COVERAGE=""
. "$root/test/lib/server.sh"

finish()
{
	stop_servers_below "$ELT_WORK"
	rm -rf "$ELT_WORK"
}
trap finish EXIT
trap 'exit 1' INT TERM HUP

give_up()
{
	echo "not ok 1 - $1"
	tail -n 40 "$2" | sed 's/^/# /'
	echo "1..1"
	exit 1
}

# add_kind FOLDER STRUCT
add_kind()
{
	cp -r "$here/$1" "src/source/$1" &&
		cp "$here"/[0-9][0-9]_"$1".sql src/sql/ &&
		sed -i "s|^\tdo_with(FileKind)|\tdo_with($2) \\\\\n&|" src/source/kinds.h
}

# Objects of the tree's own build serve where nothing has changed.
build()
{
	make -s -j2 PG_CONFIG="$PG_CONFIG" && make -s PG_CONFIG="$PG_CONFIG" install DESTDIR="$stage"
}

mkdir "$ELT_WORK/tree" "$ELT_WORK/run" && cd "$ELT_WORK/tree" &&
	cp -a "$root/src" "$root/Makefile" "$root/pg_elt.control" . || exit 1
# Those that were built with sanitizers need a server that has them.
[ -z "${ELT_SANITIZE:-}" ] || find src -name '*.o' -delete
{ add_kind counting CountingKind && add_kind ticking TickingKind; } || give_up "the kinds are added" /dev/null
build >"$ELT_WORK/build.log" 2>&1 || give_up "the extension builds with other kinds" "$ELT_WORK/build.log"
write_path_conf "$stage" "$ELT_WORK/path.conf"
start_server kind elt_kind >"$ELT_WORK/start.log" 2>&1 || give_up "the server starts" "$ELT_WORK/start.log"

{
	lines=$(diff "$root/src/source/kinds.h" src/source/kinds.h | grep -c '^[<>]')
	[ "$lines" = 2 ] && echo "ok - one line registers each" || echo "not ok - one line registers each"
	psql -XqAt -f "$here/kind.sql" 2>"$ELT_WORK/err" || echo "not ok - the statements run to their end"
} >"$ELT_WORK/out"
sed -i '/^$/d' "$ELT_WORK/out"
grep -q '^not ok' "$ELT_WORK/out" && sed 's/^/# /' "$ELT_WORK/err" >>"$ELT_WORK/out"
awk '/^(not )?ok - / { n++; sub(/ok - /, "ok " n " - ") } { print } /^not ok/ { bad = 1 } END { print "1.." n; exit bad }' \
	"$ELT_WORK/out"
