# Each lint finds in its bad sample exactly what the sample says, so it can fail.
# selftest/LINT/ is a small tree; its file "findings" lists what must be found.
number=0 bad=0
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT

verdict()
{
	number=$((number + 1))
	if [ "$1" = 0 ]; then
		echo "ok $number - $2"
	else
		echo "not ok $number - $2"
		bad=1
	fi
}

for lint in $(sed -n 's/^\t\[\([a-z_]*\) => .*/\1/p' test/lint/lint.pl); do
	rm -rf "$dir/$lint"
	if ! cp -r "test/lint/selftest/$lint" "$dir/$lint" 2>/dev/null; then
		verdict 1 "$lint has a bad sample"
		continue
	fi
	for c in "$dir/$lint"/*.c; do
		[ ! -e "$c" ] || gcc -shared -fPIC -o "${c%.c}.so" "$c"
	done
	perl test/lint/lint.pl "$dir/$lint" "$lint" >"$dir/found"
	diff -u "test/lint/selftest/$lint/findings" "$dir/found" | sed 's/^/# /'
	verdict "${PIPESTATUS[0]}" "$lint finds what is bad in its sample"
done
echo "1..$number"
exit $bad
