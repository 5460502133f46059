# pg_elt: `make` builds, `make test` and `make demo` also install the Debian packages they
# need; `make help` lists everything.

EXTENSION  = pg_elt
EXTVERSION = $(shell sed -n "s/^default_version *= *'\(.*\)'/\1/p" $(EXTENSION).control)

MODULE_big = $(EXTENSION)
OBJS       = $(patsubst %.c,%.o,$(sort $(wildcard src/*.c src/*/*.c src/*/*/*.c)))
DATA_built = $(INSTALL_SQL) $(UPDATE_SQL)
DATA       = $(sort $(wildcard src/sql/upgrade/$(EXTENSION)--*.sql))
SQL_PARTS  = $(sort $(wildcard src/sql/[0-9]*.sql))

# An update changes tables, and takes the parts that have only functions, views and tables that the
# old version does not have. Of the others, with tables to be kept, it takes the comments, a line each.
INSTALL_SQL = $(EXTENSION)--$(EXTVERSION).sql
UPDATE_SQL  = $(EXTENSION)--0.9--$(EXTVERSION).sql
UPDATE_FROM = src/sql/upgrade/from_0.9.sql
UPDATE_LAST = src/sql/upgrade/totals_from_0.9.sql
KEPT_PARTS  = $(filter %/00_header.sql %/10_catalog.sql %/10_check.sql %/10_partition.sql %/11_quarantine.sql %/30_source.sql %/35_file.sql,$(SQL_PARTS))

# The XML library of PostgreSQL itself.
XML_CPPFLAGS := $(shell pkg-config --cflags libxml-2.0 2>/dev/null || xml2-config --cflags 2>/dev/null)

# Its ICU, for text in UTF-16 and UTF-32.
ICU_CPPFLAGS := $(shell pkg-config --cflags icu-uc 2>/dev/null)
ICU_LIBS     := $(shell pkg-config --libs icu-uc 2>/dev/null || echo -licuuc -licudata)

# Its client library, for replication from other servers.
PQ_CPPFLAGS  := $(shell pkg-config --cflags libpq 2>/dev/null || echo "-I$$(pg_config --includedir)")

# -MMD makes a changed header rebuild what includes it.
# Before PostgreSQL 16 PG_FUNCTION_INFO_V1 does not mark its function as exported, so what is
# visible is decided by exports.map instead of -fvisibility.
PG_CPPFLAGS = -I$(srcdir)/src $(XML_CPPFLAGS) $(ICU_CPPFLAGS) $(PQ_CPPFLAGS) -MMD -MP
PG_CFLAGS   = -fno-semantic-interposition -Wall -Wextra -Wimplicit-fallthrough \
	-Wno-unused-parameter -Wno-sign-compare -Wno-missing-field-initializers
# What clang does not know of the flags and attributes of a PostgreSQL that gcc has built.
ifneq ($(findstring clang,$(CC)),)
PG_CFLAGS  += -Wno-unknown-warning-option -Wno-ignored-optimization-argument -Wno-ignored-attributes
endif
SHLIB_LINK  = -lcurl -ljson-c -lxml2 -lyaml $(ICU_LIBS) -lz -lzstd -lbz2 -llzma -llz4 -lzip -lsnappy -lbrotlidec -lpq -Wl,--version-script=$(srcdir)/src/exports.map
EXTRA_CLEAN = $(OBJS:.o=.d) $(OBJS:.o=.gcno) $(OBJS:.o=.gcda)

# `make installcheck` runs these against a server that has the extension installed and preloaded. Most
# of them ask an API on loopback, so psql is started beside the replay server.
REGRESS      = $(patsubst sql/%.sql,%,$(sort $(wildcard sql/*.sql)))
REGRESS_PREP = preloaded
REGRESS_OPTS = --load-extension=$(EXTENSION) --launcher='python3 test/replay/with_replay.py'
ENCODING     = UTF8
NO_LOCALE    = 1

# Bitcode needs clang and buys nothing here; `make with_llvm=yes` still makes it.
ifneq ($(origin with_llvm),command line)
override with_llvm := no
endif

.DEFAULT_GOAL := all
.PHONY: all install preloaded test coverage soak bench bench-peers lint fuzz demo demo-stop help

PG_CONFIG ?= pg_config
PGXS := $(shell $(PG_CONFIG) --pgxs 2>/dev/null)

ifneq ($(wildcard $(PGXS)),)
include $(PGXS)
-include $(OBJS:.o=.d)

$(INSTALL_SQL): $(SQL_PARTS)
	cat $^ > $@

$(UPDATE_SQL): $(UPDATE_FROM) $(SQL_PARTS) $(UPDATE_LAST)
	cat $(UPDATE_FROM) > $@
	sed -n '/^COMMENT ON /p' $(KEPT_PARTS) >> $@
	cat $(filter-out $(KEPT_PARTS),$(SQL_PARTS)) $(UPDATE_LAST) >> $@

$(shlib): src/exports.map

# Some of the tests queue runs.
preloaded:
	@case $$('$(bindir)/psql' -XAtq -d postgres -c 'SHOW shared_preload_libraries') in \
		*$(EXTENSION)*) ;; \
		*) echo "pg_elt: 'make installcheck' needs a server with shared_preload_libraries = '$(EXTENSION)'" >&2; exit 1 ;; \
	esac
else
all install installcheck clean:
	@echo "pg_elt: '$(PG_CONFIG) --pgxs' leads to no PostgreSQL server headers." >&2
	@echo "pg_elt: install postgresql-server-dev-15, or name another pg_config: make PG_CONFIG=..." >&2
	@exit 1
endif

# What follows runs in scratch directories of its own, never in this one.

# T='--only regress --test merge' and the like go to test/run
T ?=

test:
	@bash test/run $(T)

coverage:
	@bash test/run --coverage $(T)

lint:
	@bash test/run --only lint $(T)

soak:
	@bash test/run --soak $(T)

# make fuzz SECONDS=60
fuzz:
	@ELT_FUZZ_SECONDS=$(SECONDS) bash test/run --only fuzz $(T)

bench:
	@bash test/run --only bench $(T)

# The table is in out/peers/peers.tap of the scratch directory too: T='--work DIR' keeps it.
bench-peers:
	@bash test/run --only peers $(T)

demo:
	@bash test/demo/start

demo-stop:
	@bash test/demo/stop

help:
	@echo "make            build the extension"
	@echo "make install    install it into the PostgreSQL of PG_CONFIG"
	@echo "make installcheck  the SQL tests, against a running server that has it installed and preloaded"
	@echo "make demo       a throw-away cluster that pulls an API and prints star-schema answers"
	@echo "make demo-stop  remove all of it"
	@echo "make test       every test, in throw-away clusters (T='--only tap --test worker' for some)"
	@echo "                NO_INSTALL=1: say which Debian packages are missing instead of installing them"
	@echo "                T='--sanitize': against a library built with ASan and UBSan"
	@echo "make lint       only the checks of the source text and of the built library"
	@echo "make coverage   every test, with a line-coverage report in coverage/index.html"
	@echo "make soak       the long counts: many histories, kills, long fuzzing"
	@echo "make fuzz       only the fuzzers (SECONDS=60 for each)"
	@echo "make bench      time and memory as ratios"
	@echo "make bench-peers  whole jobs against DuckDB, dlt and pandas, which come from PyPI"
