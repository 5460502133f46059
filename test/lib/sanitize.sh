# The extension built with ASan and UBSan, and servers that load it. Sourced. PostgreSQL itself is
# Debian's, so the sanitizers are preloaded, into servers alone: programs in $sanitize_dir/bin see to that.

sanitize_dir=$ELT_WORK/sanitize
sanitizer_flags=(COPT="-Og -g1 -fno-omit-frame-pointer -fsanitize=address,undefined"
	LDFLAGS_SL="-fsanitize=address,undefined")

. "$lib/tree.sh"

# A library of its own beside that of the session, unless that one has the sanitizers itself.
build_sanitized()
{
	[ -z "$ELT_SANITIZE" ] || return 0
	(
		flock 9
		[ ! -e "$sanitize_dir/ready" ] || exit 0
		copy_tree "$ELT_WORK/tree" "$sanitize_dir" && cd "$sanitize_dir/tree" || exit 1
		make -s -j"$ELT_JOBS" PG_CONFIG="$PG_CONFIG" "${sanitizer_flags[@]}" >"$sanitize_dir/build.log" 2>&1 &&
			make -s PG_CONFIG="$PG_CONFIG" "${sanitizer_flags[@]}" install DESTDIR="$sanitize_dir/stage" \
				>>"$sanitize_dir/build.log" 2>&1 || { tail -n 30 "$sanitize_dir/build.log" >&2; exit 1; }
		write_path_conf "$sanitize_dir/stage" "$sanitize_dir/path.conf" && touch "$sanitize_dir/ready"
	) 9>"$ELT_WORK/sanitize.lock"
}

# sanitize_servers NAME: servers that start from here on load that library, and report below NAME.
sanitize_servers()
{
	[ -n "$ELT_SANITIZE" ] || path_conf=$sanitize_dir/path.conf
	export ELT_SANITIZER_REPORTS=$sanitize_dir/reports/$1
	mkdir -p "$ELT_SANITIZER_REPORTS" && make_server_programs && export PATH="$sanitize_dir/bin:$PATH"
}

# The dynamic loader of Debian 12 does not come back from bindtextdomain, which a constructor of
# libgnutls calls before libasan is ready; a library that answers in its place cures that. It also
# keeps the sanitizers out of the programs that a server starts, as COPY FROM PROGRAM does.
make_server_programs()
{
	local bindir programs=$sanitize_dir/bin.$BASHPID

	[ ! -e "$sanitize_dir/bin" ] || return 0
	mkdir -p "$programs"
	bindir=$("$PG_CONFIG" --bindir)
	gcc -shared -fPIC -x c - -o "$programs/before.so" <<-'END' || return 1
		#include <stdlib.h>
		char *bindtextdomain(const char *domain, const char *dir) { return (char *) dir; }
		__attribute__((constructor)) static void forget(void) { unsetenv("LD_PRELOAD"); }
	END
	cat >"$programs/postgres" <<-END
		#!/bin/bash
		export LD_PRELOAD="$(gcc -print-file-name=libasan.so) $(gcc -print-file-name=libubsan.so) $sanitize_dir/bin/before.so\${LD_PRELOAD:+ \$LD_PRELOAD}"
		export ASAN_OPTIONS="log_path=\$ELT_SANITIZER_REPORTS/asan:abort_on_error=1:handle_abort=0:exitcode=0:fast_unwind_on_malloc=0"
		# LLVM and the unwinder that tells whose a leak is wait for each other
		[ "\$1" != -D ] || set -- "\$@" -c jit=off
		exec "$bindir/postgres" "\$@"
	END
	cat >"$programs/pg_ctl" <<-END
		#!/bin/bash
		case " \$* " in
			*" start "* | *" restart "*) exec "$bindir/pg_ctl" -p "$sanitize_dir/bin/postgres" "\$@" ;;
		esac
		exec "$bindir/pg_ctl" "\$@"
	END
	chmod +x "$programs"/*
	# another job may have been quicker
	mv -T "$programs" "$sanitize_dir/bin" 2>/dev/null || rm -rf "$programs"
}

# sanitizer_verdict NAME DIRECTORY...: what servers have reported below NAME, and what UBSan, which has
# no files of its own, has said in the logs below the directories; as TAP.
sanitizer_verdict()
{
	local name=$1
	shift

	{
		find "$sanitize_dir/reports/$name" -type f -exec awk 'FNR == 1 { print "" } { print }' {} +
		find "$@" -name '*log' -type f -exec grep -h 'runtime error: ' {} + | sort -u | sed 'i\\'
	} | awk -f "$lib/sanitizer_reports.awk"
}

# record_reports KIND NAME DIRECTORY...
record_reports()
{
	local kind=$1
	shift

	sanitizer_verdict "$@" >"$sanitize_dir/reports.$1"
	record "$kind" "$1_reports" cat "$sanitize_dir/reports.$1"
}
