/*
 * file_ledger.c
 *	  Read and write elt_catalog.file.
 */
#include "base/compat.h"
#include "catalog/file_ledger.h"

#include "base/sql.h"
#include "catalog/answer.h"
#include "catalog/file_digest.h"
#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

static const char *const state_names[] = {
	[FILE_SEEN] = "seen",
	[FILE_SETTLING] = "settling",
	[FILE_LANDED] = "landed",
	[FILE_CHANGED] = "changed",
	[FILE_REJECTED] = "rejected",
	[FILE_GONE] = "gone",
	[FILE_DISPOSING] = "disposing",
	[FILE_DISPOSED] = "disposed"
};

/* ---- reading ---- */

/* The statement's columns, from 0. */
enum
{
	NAME, SIZE, MODIFIED, SEEN_AT, STATE, OUTCOME_LANDED, READ_SIZE, READ_MODIFIED, CHECKSUM,
	DEFINITION, HAS_LANDED
};

typedef struct LedgerReceiver
{
	DestReceiver receiver;
	void		(*take) (void *arg, const LedgerFile *file);
	void	   *arg;
	MemoryContext cxt;			/* of who takes them */
} LedgerReceiver;

static FileState
StateOf(Datum value)
{
	struct varlena *name = DatumGetTextPP(value);

	for (int i = 0; i < lengthof(state_names); i++)
		if (strlen(state_names[i]) == VARSIZE_ANY_EXHDR(name) &&
			memcmp(state_names[i], VARDATA_ANY(name), VARSIZE_ANY_EXHDR(name)) == 0)
			return i;
	elog(ERROR, "unknown state of a file");
}

static Datum
ValueOf(TupleTableSlot *slot, int column)
{
	return slot->tts_isnull[column] ? 0 : slot->tts_values[column];
}

static int64
NumberOf(TupleTableSlot *slot, int column, int64 absent)
{
	return slot->tts_isnull[column] ? absent : DatumGetInt64(slot->tts_values[column]);
}

static bool
ReceiveFile(TupleTableSlot *slot, DestReceiver *self)
{
	const LedgerReceiver *ledger = (const LedgerReceiver *) self;
	MemoryContext old = MemoryContextSwitchTo(ledger->cxt);
	LedgerFile	file;
	text	   *name;

	slot_getallattrs(slot);
	name = DatumGetTextPP(slot->tts_values[NAME]);
	file.name = VARDATA_ANY(name);
	file.name_len = VARSIZE_ANY_EXHDR(name);
	file.size = NumberOf(slot, SIZE, -1);
	file.modified = NumberOf(slot, MODIFIED, 0);
	file.seen_at = NumberOf(slot, SEEN_AT, 0);
	file.state = StateOf(slot->tts_values[STATE]);
	file.has_landed = DatumGetBool(slot->tts_values[HAS_LANDED]);
	file.is_read = !slot->tts_isnull[OUTCOME_LANDED];
	file.read_landed = file.is_read && DatumGetBool(slot->tts_values[OUTCOME_LANDED]);
	file.read_size = NumberOf(slot, READ_SIZE, -1);
	file.read_modified = NumberOf(slot, READ_MODIFIED, 0);
	file.checksum = file.definition = NULL;
	file.checksum_value = ValueOf(slot, CHECKSUM);
	file.definition_value = ValueOf(slot, DEFINITION);
	ledger->take(ledger->arg, &file);
	MemoryContextSwitchTo(old);
	return true;
}

static void
ReceiveStart(DestReceiver *self, int operation, TupleDesc row)
{
}

static void
ReceiveNothing(DestReceiver *self)
{
}

LedgerFile *
FileLedgerCopy(const LedgerFile *file)
{
	LedgerFile *copy = palloc(sizeof(LedgerFile));

	*copy = *file;
	copy->name = NULL;
	if (file->checksum_value != 0)
		copy->checksum = TextDatumGetCString(file->checksum_value);
	if (file->definition_value != 0)
		copy->definition = TextDatumGetCString(file->definition_value);
	return copy;
}

#define READ_FILES \
	"select name, size, modified, seen_at, state, outcome = 'landed', read_size, read_modified," \
	" checksum, case when outcome = 'rejected' then definition end, landed_at is not null" \
	" from elt_catalog.file where pipeline_id = $1"

void
FileLedgerRead(const Pipeline *p, List *buckets, void (*take) (void *arg, const LedgerFile *file),
			   void *arg)
{
	LedgerReceiver ledger = {{ReceiveFile, ReceiveStart, ReceiveNothing, ReceiveNothing}};
	Sql			q;

	ledger.take = take;
	ledger.arg = arg;
	ledger.cxt = CurrentMemoryContext;
	SqlBegin(&q, buckets == NIL ? READ_FILES : READ_FILES " and bucket = any ($2::text[]::int[])");
	SqlAddInt4(&q, p->id);
	if (buckets != NIL)
		SqlAddTextArray(&q, buckets);
	SqlRunInto(&q, &ledger.receiver, AsCatalog());
	SqlDone(&q);
}

/* ---- writing ---- */

static List *
AsSize(List *sizes, int64 size)
{
	return lappend(sizes, size < 0 ? pstrdup("") : psprintf(INT64_FORMAT, size));
}

static List *
NamesOf(List *changes)
{
	List	   *names = NIL;
	ListCell   *lc;

	foreach(lc, changes)
		names = lappend(names, unconstify(char *, ((LedgerChange *) lfirst(lc))->name));
	return names;
}

static void
AddChanges(Sql *q, List *changes, List *names)
{
	List	   *sizes = NIL;
	List	   *modified = NIL;
	List	   *seen = NIL;
	List	   *states = NIL;
	List	   *problems = NIL;
	ListCell   *lc;

	foreach(lc, changes)
	{
		LedgerChange *change = lfirst(lc);

		sizes = AsSize(sizes, change->size);
		modified = lappend(modified, &change->modified);
		seen = lappend(seen, &change->seen_at);
		states = lappend(states, unconstify(char *, state_names[change->state]));
		problems = lappend(problems, change->problem ? unconstify(char *, change->problem) :
						   pstrdup(""));
	}
	SqlAddTextArray(q, names);
	SqlAddTextArray(q, sizes);
	SqlAddTimeArray(q, modified);
	SqlAddTimeArray(q, seen);
	SqlAddTextArray(q, states);
	SqlAddTextArray(q, problems);
}

/* A version that has just come has not failed yet. */
static void
ForgetFailures(const Pipeline *p, List *names)
{
	Sql			q;

	SqlBeginParsed(&q,
				   "update elt_catalog.slice s set failures = 0, next_try_at = null"
				   " from unnest($2) as n(name) where s.pipeline_id = $1 and s.failures > 0"
				   " and s.params = jsonb_build_object('file', n.name)");
	SqlAddInt4(&q, p->id);
	SqlAddTextArray(&q, names);
	SqlDo(&q, AsCatalog());
}

/* A name that is no text may look like that of another file: the first one counts. */
void
FileLedgerWrite(const Pipeline *p, int64 run_id, List *changes)
{
	List	   *names = NamesOf(changes);
	Sql			q;

	if (changes == NIL)
		return;
	SqlBegin(&q,
			 "insert into elt_catalog.file as old (pipeline_id, name, size, modified, seen_at, state,"
			 " outcome, read_size, read_modified, first_error, run_id)"
			 " select distinct on (l.name) $1, l.name, nullif(l.size, '')::bigint,"
			 " case when l.size <> '' then l.modified end, l.seen_at, l.state,"
			 " case when l.problem <> '' then 'rejected' end, nullif(l.size, '')::bigint, l.modified,"
			 " nullif(l.problem, ''), case when l.problem <> '' then $2 end"
			 " from unnest($3, $4, $5, $6, $7, $8)"
			 "  as l(name, size, modified, seen_at, state, problem)"
			 " on conflict (pipeline_id, name) do update set size = excluded.size,"
			 " modified = excluded.modified, seen_at = excluded.seen_at, state = excluded.state,"
			 " outcome = coalesce(excluded.outcome, old.outcome),"
			 " read_size = case when excluded.outcome is null then old.read_size"
			 "  else excluded.read_size end,"
			 " read_modified = case when excluded.outcome is null then old.read_modified"
			 "  else excluded.read_modified end,"
			 " definition = case when excluded.outcome is null then old.definition end,"
			 " checksum = case when excluded.outcome is null then old.checksum end,"
			 " first_error = coalesce(excluded.first_error, old.first_error),"
			 " first_error_line = case when excluded.outcome is null then old.first_error_line end,"
			 " rows = case when excluded.outcome is null then old.rows else 0 end,"
			 " rejects = case when excluded.outcome is null then old.rejects else 0 end,"
			 " run_id = coalesce(excluded.run_id, old.run_id)");
	SqlAddInt4(&q, p->id);
	SqlAddInt8(&q, run_id);
	AddChanges(&q, changes, names);
	SqlDo(&q, AsCatalog());
	ForgetFailures(p, names);
	FileDigestsForget(p, names);
}

void
FileLedgerMarkGone(const Pipeline *p, List *names)
{
	Sql			q;

	if (names == NIL)
		return;
	SqlBegin(&q,
			 "update elt_catalog.file set state = 'gone' where pipeline_id = $1 and name = any ($2)");
	SqlAddInt4(&q, p->id);
	SqlAddTextArray(&q, names);
	SqlDo(&q, AsCatalog());
	FileDigestsForget(p, names);
}

/* The digests of the buckets of the batch's files. */
static void
ForgetDigests(const Pipeline *p)
{
	Sql			q;

	SqlBeginParsed(&q,
				   "select params ->> 'file' from elt_catalog.staged_slice"
				   " where pipeline_id = $1 and params ? 'file'");
	SqlAddInt4(&q, p->id);
	FileDigestsForget(p, SqlDoTexts(&q, AsCatalog()));
}

/*
 * A slice that failed for a reason that may pass, or because its file has changed, leaves what is
 * known of the version that was read last.
 */
void
FileLedgerLand(const Pipeline *p, int64 run_id, bool dispose_landed, bool dispose_rejected)
{
	Sql			q;

	SqlBeginParsed(&q,
				   "insert into elt_catalog.file as old (pipeline_id, name, size, modified, state,"
				   " outcome, read_size, read_modified, checksum, definition, rows, rejects,"
				   " first_error, first_error_line, run_id, landed_at)"
				   " select $1, s.params ->> 'file', s.file_size, s.file_modified,"
				   " case when s.state in ('landed', 'empty', 'unchanged')"
				   "  then case when $4 then 'disposing' else 'landed' end"
				   "  else coalesce(s.file_state, case when $5 and s.file_size is not null"
				   "   then 'disposing' else 'rejected' end) end,"
				   " case when s.state in ('landed', 'empty', 'unchanged') then 'landed'"
				   "  when s.file_state is null then 'rejected' end,"
				   " s.file_size, s.file_modified, s.file_checksum, $3, s.rows,"
				   " coalesce(s.file_rejects, s.rejected), case when s.state = 'empty'"
				   "  then 'the file is empty' else coalesce(s.error, j.message) end,"
				   " coalesce(s.file_error_line, j.line), $2,"
				   " case when s.state in ('landed', 'empty') then clock_timestamp() end"
				   " from elt_catalog.staged_slice s"
				   " left join (select distinct on (params) params, message, line"
				   "  from elt_catalog.staged_reject where pipeline_id = $1"
				   "  order by params, line, record) j on j.params = s.params"
				   " where s.pipeline_id = $1 and s.params ? 'file'"
				   " on conflict (pipeline_id, name) do update set"
				   " size = coalesce(excluded.size, old.size),"
				   " modified = coalesce(excluded.modified, old.modified), state = excluded.state,"
				   " outcome = coalesce(excluded.outcome, old.outcome),"
				   " read_size = case when excluded.outcome is null then old.read_size"
				   "  else excluded.read_size end,"
				   " read_modified = case when excluded.outcome is null then old.read_modified"
				   "  else excluded.read_modified end,"
				   " checksum = case when excluded.outcome is null then old.checksum"
				   "  else excluded.checksum end,"
				   " definition = case when excluded.outcome is null then old.definition"
				   "  else excluded.definition end,"
				   " rows = case when excluded.outcome is null or excluded.landed_at is null"
				   "  and excluded.outcome = 'landed' then old.rows else excluded.rows end,"
				   " rejects = case when excluded.outcome is null or excluded.landed_at is null"
				   "  and excluded.outcome = 'landed' then old.rejects else excluded.rejects end,"
				   " first_error = excluded.first_error, first_error_line = excluded.first_error_line,"
				   " run_id = excluded.run_id,"
				   " landed_at = coalesce(excluded.landed_at, old.landed_at), disposed_at = null");
	SqlAddInt4(&q, p->id);
	SqlAddInt8(&q, run_id);
	SqlAddText(&q, AnswerDefinition(p));
	SqlAddBool(&q, dispose_landed);
	SqlAddBool(&q, dispose_rejected);
	SqlDo(&q, AsCatalog());
	ForgetDigests(p);
}

/* ---- disposal ---- */

List *
FileLedgerDisposable(const Pipeline *p)
{
	List	   *files = NIL;
	Sql			q;

	SqlBeginParsed(&q,
				   "select f.name, f.read_size, f.read_modified, f.checksum, f.outcome = 'landed'"
				   " from elt_catalog.file f where f.pipeline_id = $1 and f.state = 'disposing'"
				   " and not exists (select from elt_catalog.pipeline o where o.source = $2"
				   "  and o.id <> $1 and o.root_id is null and not exists"
				   "  (select from elt_catalog.file k where k.pipeline_id = o.id and k.name = f.name"
				   "   and k.read_size = f.read_size and k.read_modified = f.read_modified))"
				   " order by f.name");
	SqlAddInt4(&q, p->id);
	SqlAddOid(&q, REGCLASSOID, p->source);
	SqlRun(&q, AsCatalog());
	for (uint64 i = 0; i < q.processed; i++)
	{
		DisposableFile *file = palloc0(sizeof(DisposableFile));

		file->name = SqlText(&q, i, 1);
		file->size = SqlInt8(&q, i, 2, NULL);
		file->modified = SqlTime(&q, i, 3, NULL);
		file->checksum = SqlText(&q, i, 4);
		file->has_landed = SqlBool(&q, i, 5);
		files = lappend(files, file);
	}
	SqlDone(&q);
	return files;
}

void
FileLedgerDispose(const Pipeline *p, List *files)
{
	List	   *names = NIL;
	List	   *states = NIL;
	List	   *problems = NIL;
	ListCell   *lc;
	Sql			q;

	foreach(lc, files)
	{
		const DisposableFile *file = lfirst(lc);

		names = lappend(names, file->name);
		states = lappend(states, unconstify(char *, state_names[file->outcome]));
		problems = lappend(problems, file->problem ? file->problem : pstrdup(""));
	}
	SqlBeginParsed(&q,
				   "update elt_catalog.file f set state = n.state,"
				   " disposed_at = case when n.state = 'disposed' then clock_timestamp() end,"
				   " first_error = coalesce(nullif(n.problem, ''), f.first_error)"
				   " from unnest($2, $3, $4) as n(name, state, problem)"
				   " where f.pipeline_id = $1 and f.name = n.name and f.state = 'disposing'");
	SqlAddInt4(&q, p->id);
	SqlAddTextArray(&q, names);
	SqlAddTextArray(&q, states);
	SqlAddTextArray(&q, problems);
	SqlDo(&q, AsCatalog());
	FileDigestsForget(p, names);
}

/* ---- on request ---- */

int64
FileLedgerClear(const Pipeline *p)
{
	(void) PipelineExec(p, "delete from elt_catalog.file_digest where pipeline_id = $1");
	return PipelineExec(p, "delete from elt_catalog.file where pipeline_id = $1");
}

static bool
DoForFile(const Pipeline *p, const char *name, const char *statement)
{
	Sql			q;

	FileDigestsForget(p, list_make1(unconstify(char *, name)));
	SqlBegin(&q, statement);
	SqlAddInt4(&q, p->id);
	SqlAddText(&q, name);
	return SqlDo(&q, AsCatalog()) > 0;
}

bool
FileLedgerForget(const Pipeline *p, const char *name)
{
	return DoForFile(p, name, "delete from elt_catalog.file where pipeline_id = $1 and name = $2");
}

bool
FileLedgerReload(const Pipeline *p, const char *name)
{
	return DoForFile(p, name,
					 "update elt_catalog.file set state = 'seen', outcome = null, landed_at = null,"
					 " read_size = null, read_modified = null, disposed_at = null"
					 " where pipeline_id = $1 and name = $2");
}
