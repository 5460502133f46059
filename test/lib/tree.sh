# What test/run and make demo share: which PostgreSQL, and a scratch copy of the tree. Sourced.

# The floor where it is installed, else the newest installed one, else what this Debian carries.
default_pg()
{
	local dir pg=""

	if [ -x /usr/lib/postgresql/15/bin/postgres ]; then
		pg=15
	else
		for dir in /usr/lib/postgresql/*/bin/postgres; do
			[ -x "$dir" ] && pg=$(basename "${dir%/bin/postgres}")
		done
	fi
	[ -n "$pg" ] || case $(. /etc/os-release && echo "${VERSION_ID:-}") in
		12) pg=15 ;;
		13) pg=17 ;;
		"") pg=18 ;;
	esac
	echo "${pg:-15}"
}

# tree_files ROOT: tracked or new, not ignored, still there.
tree_files()
{
	local f

	if git -C "$1" -c safe.directory='*' rev-parse --git-dir >/dev/null 2>&1; then
		git -C "$1" -c safe.directory='*' ls-files -co --exclude-standard
	else
		(cd "$1" && find . -type f -not -path './.git/*' -not -path './.demo/*' \
			-not -path './coverage/*' -not -name '*.o' -not -name '*.so' -not -name '*.d' -printf '%P\n')
	fi | (cd "$1" && while IFS= read -r f; do [ -f "$f" ] && echo "$f"; done) | sort
}

# copy_tree ROOT WORK: into WORK/tree. Objects of an earlier build stay, sources that are gone go.
copy_tree()
{
	mkdir -p "$2/tree"
	tree_files "$1" >"$2/files"
	(cd "$2/tree" && find . -type f \( -path './src/*' -o -path './sql/*' -o -path './expected/*' \
		-o -path './test/*' -o -path './docs/*' \) -not -name '*.[od]' -not -name '*.gc*' -printf '%P\n') |
		sort | comm -23 - "$2/files" | (cd "$2/tree" && xargs -r -d '\n' rm -f)
	tar -C "$1" -c -T "$2/files" | tar -C "$2/tree" -x
}
