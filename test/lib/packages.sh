# Debian packages: which ones each purpose needs, and how they get here. Sourced.

elapsed_since()
{
	echo "$(($(date +%s) - $1)) s"
}

# packages_for PG_MAJOR build|test|demo|bench|peers|coverage
packages_for()
{
	local v=$1
	local build="make gcc libc6-dev binutils postgresql-$v postgresql-server-dev-$v
		libcurl4-openssl-dev libicu-dev libjson-c-dev libpq-dev libxml2-dev libyaml-dev libzip-dev zlib1g-dev libzstd-dev
		libbz2-dev liblz4-dev liblzma-dev libsnappy-dev libbrotli-dev"
	local indent=""

	# From PostgreSQL 16 on it comes with the headers of the server.
	[ "$v" -ge 16 ] || indent=pg-bsd-indent
	case $2 in
		build) echo $build ;;
		demo) echo $build postgresql-$v-cron python3 curl ;;
		test) echo $build postgresql-$v-cron postgresql-$v-pgtap libipc-run-perl python3 python3-psycopg2 python3-venv perl git \
			ca-certificates openssl zstd $indent ;;
		bench) echo gzip ;;
		peers) echo curl procps python3-venv ;;
		coverage) echo lcov ;;
	esac
}

missing_packages()
{
	local p

	for p in "$@"; do
		[ "$(dpkg-query -W -f '${db:Status-Status}' "$p" 2>/dev/null)" = installed ] || echo "$p"
	done
}

# ensure_packages PG_MAJOR PURPOSE...: says what is missing and installs it; with NO_INSTALL=1, or
# where it cannot, only says so and fails.
ensure_packages()
{
	local pg=$1 purpose needed="" missing as_root=()
	shift

	for purpose in "$@"; do
		needed+=" $(packages_for "$pg" "$purpose")"
	done
	if ! command -v dpkg-query >/dev/null; then
		echo "pg_elt: this is no Debian; install by hand what these packages hold:$needed" >&2
		return 0
	fi
	missing=$(missing_packages $needed | sort -u)
	[ -n "$missing" ] || return 0

	if [ -n "${NO_INSTALL:-}" ] && [ "$NO_INSTALL" != 0 ]; then
		echo "pg_elt: missing Debian packages:" $missing >&2
		return 1
	fi
	if [ "$(id -u)" != 0 ]; then
		if ! command -v sudo >/dev/null; then
			echo "pg_elt: missing Debian packages, and neither root nor sudo to install them:" $missing >&2
			return 1
		fi
		as_root=(sudo)
	fi
	echo "pg_elt: installing these Debian packages and what they depend on (NO_INSTALL=1 only lists them):" $missing
	install_packages $missing
}

# Reads as_root of its caller.
install_packages()
{
	local started log
	local -a apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=120)

	started=$(date +%s)
	log=$(mktemp) || return 1
	"${apt[@]}" -q update >"$log" 2>&1 ||
		echo "pg_elt: 'apt-get update' failed; going on with the package lists at hand" >&2
	if ! "${apt[@]}" -qy install --no-install-recommends "$@" >>"$log" 2>&1; then
		tail -n 20 "$log" >&2
		rm -f "$log"
		echo "pg_elt: apt-get could not install:" "$@" >&2
		return 1
	fi
	rm -f "$log"
	echo "pg_elt: installed in $(elapsed_since $started)"
}
