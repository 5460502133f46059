# C is indented as pgindent does it; a bad sample is found out.
bad=0
sample=test/lint/selftest/indent

perl test/lint/indent.pl . | sed '$d'
[ "${PIPESTATUS[0]}" = 0 ] || bad=1
perl test/lint/indent.pl "$sample" >"$sample/found"
if grep -q SKIP "$sample/found"; then
	echo "ok 2 # SKIP no pg_bsd_indent"
elif diff -u "$sample/findings" "$sample/found" | sed 's/^/# /' && [ "${PIPESTATUS[0]}" = 0 ]; then
	echo "ok 2 - its sample is found bad"
else
	echo "not ok 2 - its sample is found bad"
	bad=1
fi
rm -f "$sample/found"
echo 1..2
exit $bad
