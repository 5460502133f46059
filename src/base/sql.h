/*
 * sql.h
 *	  Prepare and execute SQL statements, and read their results.
 *
 * Values travel as $n, names through quote_identifier. SPI must be connected. The rows of a
 * statement stay readable until the next SqlRun or SqlDone on the same Sql.
 *
 *		Sql q;
 *		SqlBegin(&q, "select id from elt_catalog.pipeline where name = $1");
 *		SqlAddText(&q, name);
 *		if (SqlRun(&q, AsCatalog()) == 1)
 *			id = SqlInt8(&q, 0, 1, NULL);
 *		SqlDone(&q);
 */
#ifndef ELT_BASE_SQL_H
#define ELT_BASE_SQL_H

#include "postgres.h"
#include "datatype/timestamp.h"
#include "executor/spi.h"
#include "utils/array.h"
#include "utils/jsonb.h"

#define SQL_MAX_ARGS 96

typedef struct Sql
{
	const char *text;
	SPIPlanPtr *kept;			/* where it is kept as prepared, or NULL */
	int			kept_as;		/* CURSOR_OPT_GENERIC_PLAN or CURSOR_OPT_CUSTOM_PLAN */
	int			nargs;
	Oid			types[SQL_MAX_ARGS];
	Datum		values[SQL_MAX_ARGS];
	char		nulls[SQL_MAX_ARGS];
	SPITupleTable *rows;		/* result, or NULL */
	uint64		processed;		/* rows returned or affected */
} Sql;

extern void SqlBegin(Sql *q, const char *text);
/*
 * A literal that is run again and again. Kept: planned once for the session, since there is but
 * one good plan, whatever the tables hold. Parsed: planned each time for the tables as they are.
 */
#define SqlBeginKept(q, literal) SqlBeginPrepared(q, literal, CURSOR_OPT_GENERIC_PLAN)
#define SqlBeginParsed(q, literal) SqlBeginPrepared(q, literal, CURSOR_OPT_CUSTOM_PLAN)
#define SqlBeginPrepared(q, literal, as) \
	do { \
		static SPIPlanPtr kept_here = NULL; \
		SqlBeginAs(q, "" literal, as, &kept_here); \
	} while (0)
extern void SqlBeginAs(Sql *q, const char *text, int kept_as, SPIPlanPtr *kept);
extern void SqlAdd(Sql *q, Oid type, Datum value, bool isnull);
extern void SqlAddText(Sql *q, const char *value);	/* NULL pointer: SQL null */
extern void SqlAddName(Sql *q, const char *value);
extern void SqlAddJsonb(Sql *q, const char *value); /* JSON text; NULL: SQL null */
extern void SqlAddInt4(Sql *q, int32 value);
extern void SqlAddInt8(Sql *q, int64 value);
extern void SqlAddOid(Sql *q, Oid type, Oid value); /* regclass, regrole, oid */
extern void SqlAddFloat8(Sql *q, double value);
extern void SqlAddBool(Sql *q, bool value);
extern void SqlAddTime(Sql *q, TimestampTz value);
extern void SqlAddTimeOrNull(Sql *q, TimestampTz value, bool isnull);
extern void SqlAddInterval(Sql *q, const Interval *value);
extern void SqlAddTextArray(Sql *q, List *strings); /* of char *; NIL: empty array */
extern void SqlAddOidArray(Sql *q, List *oids);
extern void SqlAddTimeArray(Sql *q, List *times);	/* of TimestampTz * */

/* The identity that touches elt_catalog. */
extern Oid	AsCatalog(void);

/* Run as role (identity.h); returns the number of rows. */
extern uint64 SqlRun(Sql *q, Oid role);
/* The same for a statement whose result is not needed. */
extern uint64 SqlDo(Sql *q, Oid role);
/* The only value of a result; 0 or NULL when it has no row. */
extern int64 SqlDoInt8(Sql *q, Oid role);
extern char *SqlDoText(Sql *q, Oid role);
/* The only column of a result (char *). */
extern List *SqlDoTexts(Sql *q, Oid role);
/* The same of type oid. */
extern List *SqlDoOids(Sql *q, Oid role);
/* Run these one after the other with the arguments of q, in place of its text; rows of the last. */
extern uint64 SqlDoEach(Sql *q, const char *const *statements, int n, Oid role);
/* The same for one whose rows go to dest, however many they are. */
extern uint64 SqlRunInto(Sql *q, DestReceiver *dest, Oid role);
/* Its text with literals in place of the arguments. */
extern char *SqlWithLiterals(const Sql *q);
/* Run text without arguments as role. */
extern uint64 SqlExec(const char *text, Oid role);
/* Run one after the other (char *). */
extern void SqlExecAll(List *statements, Oid role);
extern void SqlDone(Sql *q);
/* Call fn(arg), whose statements only read, and all see the rows that are there now. */
extern void SqlUnderOneSnapshot(void (*fn) (void *arg), void *arg);
/* The snapshot that a statement would take. */
extern Snapshot SqlSnapshot(void);

/*
 * Values of the result, columns from 1; *isnull may be NULL when null cannot be. A row that the
 * result does not have is an error.
 */
extern Datum SqlDatum(Sql *q, uint64 row, int column, bool *isnull);
extern char *SqlText(Sql *q, uint64 row, int column);	/* any type; palloc'd; NULL if null */
extern int32 SqlInt4(Sql *q, uint64 row, int column, bool *isnull);
extern int64 SqlInt8(Sql *q, uint64 row, int column, bool *isnull);
extern double SqlFloat8(Sql *q, uint64 row, int column);	/* null is 0 */
extern bool SqlBool(Sql *q, uint64 row, int column);	/* null is false */
extern TimestampTz SqlTime(Sql *q, uint64 row, int column, bool *isnull);
extern Interval *SqlInterval(Sql *q, uint64 row, int column);	/* palloc'd; NULL if null */
extern List *SqlTextArray(Sql *q, uint64 row, int column);	/* of char *, palloc'd */

/* Arrays of text; nulls in them are passed over. */
extern Datum TextArrayDatum(List *strings); /* of char * */
extern List *TextArrayStrings(Datum array);

#endif
