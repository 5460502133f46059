# Debian packages: which ones each purpose needs, and how they get here. Sourced.

elapsed_since()
{
	echo "$(($(date +%s) - $1)) s"
}

# packages_for PG_MAJOR build|test|demo|bench|coverage
packages_for()
{
	local v=$1
	local build="make gcc libc6-dev binutils postgresql-$v postgresql-server-dev-$v
		libcurl4-openssl-dev libicu-dev libjson-c-dev zlib1g-dev libzstd-dev"

	case $2 in
		build) echo $build ;;
		demo) echo $build postgresql-$v-cron python3 curl ;;
		test) echo $build postgresql-$v-cron postgresql-$v-pgtap libipc-run-perl python3 python3-psycopg2 perl git \
			ca-certificates openssl zstd ;;
		bench) echo gzip ;;
		coverage) echo $(packages_for $v test) lcov ;;
	esac
}

missing_packages()
{
	local p

	for p in "$@"; do
		[ "$(dpkg-query -W -f '${db:Status-Status}' "$p" 2>/dev/null)" = installed ] || echo "$p"
	done
}

# ensure_packages PG_MAJOR PURPOSE: installs what is missing, or says what is and fails.
ensure_packages()
{
	local missing as_root=() started log

	if ! command -v dpkg-query >/dev/null; then
		echo "pg_elt: this is no Debian; install by hand what these packages hold:" $(packages_for "$1" "$2") >&2
		return 0
	fi
	missing=$(missing_packages $(packages_for "$1" "$2"))
	[ -n "$missing" ] || return 0

	if [ "$(id -u)" != 0 ]; then
		if ! command -v sudo >/dev/null; then
			echo "pg_elt: missing Debian packages, and neither root nor sudo to install them:" $missing >&2
			return 1
		fi
		as_root=(sudo)
	fi
	started=$(date +%s)
	log=$(mktemp) || return 1
	echo "pg_elt: installing" $missing
	as_root+=(env DEBIAN_FRONTEND=noninteractive)
	"${as_root[@]}" apt-get -q -o DPkg::Lock::Timeout=120 update >"$log" 2>&1 ||
		echo "pg_elt: 'apt-get update' failed; going on with the package lists at hand" >&2
	if ! "${as_root[@]}" apt-get -qy -o DPkg::Lock::Timeout=120 install --no-install-recommends \
		$missing >>"$log" 2>&1; then
		tail -n 20 "$log" >&2
		rm -f "$log"
		echo "pg_elt: apt-get could not install:" $missing >&2
		return 1
	fi
	rm -f "$log"
	echo "pg_elt: installed in $(elapsed_since $started)"
}
