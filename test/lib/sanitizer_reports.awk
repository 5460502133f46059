# What the sanitizers reported, as one test. Of leaks only those count that have a frame of ours:
# PostgreSQL leaves some memory of its start behind, and the operating system takes it back; so does
# postgres_fdw with its list of options, below a hook of ours.
BEGIN { RS = ""; FS = "\n" }
/^(Direct|Indirect) leak of / && /postgres_fdw\.so/ { next }
/^(Direct|Indirect) leak of / { if (/pg_elt\.so|[ \/]src\/[a-z]+\/[a-z0-9_]+\.c:/) found = found comment($0); next }
/ERROR: LeakSanitizer: detected memory leaks/ { next }
/^=+$/ || /^SUMMARY: AddressSanitizer: [0-9]+ byte\(s\) leaked/ { next }
{ found = found comment($0) }

function comment(text)
{
	gsub(/\n/, "\n# ", text)
	return "# " text "\n#\n"
}

END {
	printf "%s 1 - the sanitizers found nothing\n%s", found ? "not ok" : "ok", found
	print "1..1"
}
