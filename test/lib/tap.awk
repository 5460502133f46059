# Reads TAP; prints "passed failed skipped", then one line per fault of the stream itself.
# Variable status: how the command ended.

/^ok/ && /# *[Ss][Kk][Ii][Pp]/ { skipped++; next }
/^not ok/ && /# *[Tt][Oo][Dd][Oo]/ { skipped++; next }
/^ok/ { passed++; next }
/^not ok/ { failed++; next }
/^1\.\.0/ { plan = 0; planned = 1; skip_all = 1; next }
/^1\.\.[0-9]+/ { plan = substr($1, 4) + 0; planned = 1; next }
/^Bail out!/ { fault("bailed out: " $0) }

function fault(text)
{
	failed++
	faults = faults "     " text "\n"
}

END {
	ran = passed + failed + skipped
	if (skip_all && ran == 0)
		skipped = 1
	if (status == 124 || status == 137)
		fault("stopped: it took too long")
	else if (planned && ran != plan && !(skip_all && ran == 0))
		fault("planned " plan " tests but ran " ran)
	else if (!planned && ran == 0)
		fault("printed no tests; it ended with status " status)
	else if (!planned)
		fault("printed no plan; it ended with status " status)
	else if (status != 0 && failed == 0)
		fault("ended with status " status " though no test failed")
	printf "%d %d %d\n%s", passed, failed, skipped, faults
}
