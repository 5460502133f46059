# pg_regress.sh pg_regress|pg_isolation_regress NAME INPUTDIR: one test as TAP, with its diff.
program=$1 name=$2 input=$3
out=$ELT_WORK/run/$program.$name
pgxs=$(dirname "$("$PG_CONFIG" --pgxs)")/../..
folder=regress
[ "$program" = pg_regress ] || folder=isolation

mkdir -p "$out"
"$pgxs/src/test/$folder/$program" --use-existing --dbname="$PGDATABASE" --host="$PGHOST" --port="$PGPORT" \
	--user="$PGUSER" --bindir="$("$PG_CONFIG" --bindir)" --inputdir="$input" --outputdir="$out" "$name" >"$out/log" 2>&1
status=$?
if [ $status = 0 ]; then
	echo "ok 1 - $name"
else
	echo "not ok 1 - $name"
	if [ -s "$out/regression.diffs" ]; then
		sed 's/^/# /' "$out/regression.diffs"
	else
		sed 's/^/# /' "$out/log"
	fi
fi
echo 1..1
exit $status
