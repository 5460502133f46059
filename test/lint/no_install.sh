# What `make test` and `make demo` say of missing packages: everything before they install it, and
# nothing is installed with NO_INSTALL=1. Stand-ins for dpkg-query and apt-get, as on a bare machine.
number=0 bad=0
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
. test/lib/packages.sh

mkdir "$dir/bin"
printf '#!/bin/sh\nexit 1\n' >"$dir/bin/dpkg-query"
printf '#!/bin/sh\necho "$*" >>"%s/calls"\n' "$dir" >"$dir/bin/apt-get"
printf '#!/bin/sh\nexec "$@"\n' >"$dir/bin/sudo"
chmod +x "$dir"/bin/*
PATH=$dir/bin:$PATH

verdict()
{
	number=$((number + 1))
	if [ "$1" = 0 ]; then
		echo "ok $number - $2"
	else
		echo "not ok $number - $2"
		sed 's/^/# /' "$dir/said"
		bad=1
	fi
}

NO_INSTALL=1 ensure_packages 15 demo >"$dir/said" 2>&1
[ $? = 1 ] && [ ! -e "$dir/calls" ]
verdict $? "NO_INSTALL=1 fails and installs nothing"

[ "$(grep -c . "$dir/said")" = 1 ] && [ "$(tr ' ' '\n' <"$dir/said" | grep -cx 'postgresql-15-cron\|python3\|libcurl4-openssl-dev')" = 3 ]
verdict $? "it names the packages that are missing"

NO_INSTALL=1 ensure_packages 15 test bench coverage >"$dir/said" 2>&1
tr ' ' '\n' <"$dir/said" | grep -qx lcov && tr ' ' '\n' <"$dir/said" | grep -qx postgresql-15-pgtap
verdict $? "it names those of every purpose at once"

ensure_packages 15 demo >"$dir/said" 2>&1
[ $? = 0 ] && head -n 1 "$dir/said" | grep -q 'installing .* postgresql-15-cron' && grep -q 'install .* postgresql-15-cron' "$dir/calls"
verdict $? "without it they are named, then installed"

printf '#!/bin/sh\nprintf installed\n' >"$dir/bin/dpkg-query"
NO_INSTALL=1 ensure_packages 15 test >"$dir/said" 2>&1
[ $? = 0 ] && [ ! -s "$dir/said" ]
verdict $? "where all is there nothing is said"

echo "1..$number"
exit $bad
