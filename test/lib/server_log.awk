# A server's log as two tests: nobody died, nothing leaked.
/terminated by signal|PANIC:|TRAP:/ { died = died "# " $0 "\n" }
/reference leak|refcount leak|leaked|resource was not closed|transaction left non-empty SPI stack/ { leaked = leaked "# " $0 "\n" }

END {
	printf "%s 1 - no process of the server died\n%s", died ? "not ok" : "ok", died
	printf "%s 2 - nothing leaked\n%s", leaked ? "not ok" : "ok", leaked
	print "1..2"
}
