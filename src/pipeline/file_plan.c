/*
 * file_plan.c
 *	  Decide which files of a source a run loads.
 *
 * Names, sizes and times of the files are compared with the ledger, at once: a file that was read as
 * it is now is known and is not opened. No time tells which files are new, since one may appear under
 * any name and with any time.
 */
#include "base/compat.h"
#include "pipeline/file_plan.h"

#include "base/errors.h"
#include "catalog/file_digest.h"
#include "catalog/file_ledger.h"
#include "common/hashfn.h"
#include "merge/replace_by.h"
#include "merge/strategy.h"
#include "source/kind.h"
#include "transport/file_list.h"
#include "utils/timestamp.h"

#define NAME_PLACE "{name}"

/* ---- the place of a name in the listing ---- */

typedef struct NameKey
{
	const char *name;
	size_t		len;
} NameKey;

typedef struct NameEntry
{
	NameKey		key;
	int			place;
	uint32		hash;
	char		status;
} NameEntry;

static inline bool
NamesEqual(NameKey a, NameKey b)
{
	return a.len == b.len && memcmp(a.name, b.name, a.len) == 0;
}

#define SH_PREFIX names
#define SH_ELEMENT_TYPE NameEntry
#define SH_KEY_TYPE NameKey
#define SH_KEY key
#define SH_HASH_KEY(table, key) hash_bytes((const unsigned char *) (key).name, (key).len)
#define SH_EQUAL(table, a, b) NamesEqual(a, b)
#define SH_STORE_HASH
#define SH_GET_HASH(table, entry) (entry)->hash
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

/* ---- comparison ---- */

/* With a ledger of so many files, digests tell which of them are known. */
#define MIN_DIGESTED 2000

/* The files whose names fall into one bucket. */
typedef struct Bucket
{
	bool		is_known;		/* all of them, without a look at the ledger */
	bool		is_open;		/* something was decided about one of them, or is to be each time */
	int			listed;
	uint64		listing;		/* digest of those that are listed */
	uint64		ledger;			/* of those that have landed, as they were read */
} Bucket;

typedef struct Comparison
{
	const Pipeline *p;
	const SourceDefinition *source;
	const FilePolicy *policy;
	OnChange	on_change;
	const char *definition;
	bool		all;			/* load every file */
	bool		some;			/* the listing has some of the files only */
	TimestampTz now;
	List	   *files;			/* ListedFile * */
	uint64	   *hashes;			/* of their names */
	Bucket		buckets[FILE_BUCKETS];
	int64		nledger;		/* files of the ledger that were read */
	bool		has_digests;
	names_hash *places;			/* of those whose bucket is not known */
	LedgerFile **known;			/* of each, where something must be decided; else NULL */
	bool	   *unchanged;		/* nothing must be decided */
	List	   *changes;		/* LedgerChange * */
	List	   *gone;			/* char * */
	List	   *problems;		/* LedgerChange * of those that are told */
	FilePlan   *plan;
} Comparison;

static OnChange
OnChangeOf(const Pipeline *p, const SourceDefinition *source)
{
	if (source->files->on_change != ON_CHANGE_DEFAULT)
		return source->files->on_change;
	return p->replace_by != NIL && ReplaceByParams(p, source) ? ON_CHANGE_RELOAD : ON_CHANGE_FAIL;
}

void
FilePolicyCheck(const Pipeline *p, const SourceDefinition *source)
{
	if (source->files == NULL)
		return;
	if (source->files->on_change == ON_CHANGE_MERGE && StrategyAsksOnce(p))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("on_change \"merge\" of source \"%s\" requires a key", source->relation),
				 errdetail("The rows of a file that has changed would be stored twice."),
				 errhint("Specify a key, or set on_change to \"ignore\" or \"fail\".")));
	if (source->files->on_change != ON_CHANGE_RELOAD ||
		(p->replace_by != NIL && ReplaceByParams(p, source)))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("on_change \"reload\" of source \"%s\" requires strategy \"replace\" by the name of "
					"the file", source->relation),
			 errdetail("The rows of a file that has changed could not be replaced."),
			 errhint("Add a column with lineage 'file' to the foreign table and specify it in "
					 "replace_by, or set on_change to \"merge\", \"ignore\" or \"fail\".")));
}

static Bucket *
BucketOf(Comparison *c, int place)
{
	return &c->buckets[FileBucket(c->hashes[place])];
}

static void
DigestListing(Comparison *c)
{
	ListCell   *lc;

	c->hashes = palloc(sizeof(uint64) * Max(list_length(c->files), 1));
	foreach(lc, c->files)
	{
		const ListedFile *file = lfirst(lc);
		uint64		hash = FileNameHash(file->name, strlen(file->name));
		Bucket	   *bucket = &c->buckets[FileBucket(hash)];

		c->hashes[foreach_current_index(lc)] = hash;
		bucket->listed++;
		bucket->listing += FileDigest(hash, file->size, file->modified);
	}
}

/* Of which buckets the ledger must be read: numbers as text; NIL: of all. */
static List *
BucketsToRead(Comparison *c)
{
	uint64		digests[FILE_BUCKETS];
	bool		found[FILE_BUCKETS];
	List	   *numbers = NIL;

	if (c->all || c->some || FileDigestsRead(c->p, digests, found) == 0)
		return NIL;
	c->has_digests = true;
	for (int i = 0; i < FILE_BUCKETS; i++)
	{
		c->buckets[i].is_known = found[i] && digests[i] == c->buckets[i].listing;
		if (!c->buckets[i].is_known)
			numbers = lappend(numbers, psprintf("%d", i));
	}
	return numbers;
}

static void
IndexNames(Comparison *c)
{
	int			n = 0;
	ListCell   *lc;

	for (int i = 0; i < FILE_BUCKETS; i++)
		n += c->buckets[i].is_known ? 0 : c->buckets[i].listed;
	c->places = names_create(CurrentMemoryContext, Max(n, 1), NULL);
	foreach(lc, c->files)
	{
		const ListedFile *file = lfirst(lc);
		NameKey		key = {file->name, strlen(file->name)};
		bool		found;

		if (!BucketOf(c, foreach_current_index(lc))->is_known)
			names_insert(c->places, key, &found)->place = foreach_current_index(lc);
	}
}

static void
OpenBucket(Comparison *c, const char *name)
{
	c->buckets[FileBucket(FileNameHash(name, strlen(name)))].is_open = true;
}

/* Buckets that were read, and about which nothing is left to decide, get a digest. */
static void
KeepDigests(Comparison *c)
{
	uint64		digests[FILE_BUCKETS];
	bool		wanted[FILE_BUCKETS];
	ListCell   *lc;

	if (c->all || c->some || (!c->has_digests && c->nledger < MIN_DIGESTED))
		return;
	foreach(lc, c->changes)
		OpenBucket(c, ((LedgerChange *) lfirst(lc))->name);
	foreach(lc, c->gone)
		OpenBucket(c, lfirst(lc));
	for (int i = 0; i < FILE_BUCKETS; i++)
	{
		wanted[i] = !c->buckets[i].is_known && !c->buckets[i].is_open;
		digests[i] = c->buckets[i].ledger;
	}
	FileDigestsKeep(c->p, digests, wanted);
}

/* Is the version that was read last the one that is listed? */
static bool
IsAsRead(const LedgerFile *known, const ListedFile *file)
{
	return known->is_read && file->size >= 0 && known->read_size == file->size &&
		known->read_modified == file->modified;
}

static bool
IsAsListed(const LedgerFile *known, const ListedFile *file)
{
	return known->size == file->size && known->modified == file->modified;
}

/* What was moved or deleted is meant to be gone. */
static bool
IsMissed(const LedgerFile *known)
{
	return known->state != FILE_GONE && known->state != FILE_DISPOSING &&
		known->state != FILE_DISPOSED;
}

/* Will the next listing have to be compared with it, even if it shows what it should? */
static void
DigestKnown(Comparison *c, const LedgerFile *known)
{
	uint64		hash = FileNameHash(known->name, known->name_len);
	Bucket	   *bucket = &c->buckets[FileBucket(hash)];

	c->nledger++;
	if (known->state == FILE_LANDED && known->is_read && known->read_size == known->size &&
		known->read_modified == known->modified)
		bucket->ledger += FileDigest(hash, known->size, known->modified);
	else if (known->state != FILE_GONE && known->state != FILE_DISPOSED)
		bucket->is_open = true;
}

static void
TakeKnown(void *arg, const LedgerFile *known)
{
	Comparison *c = arg;
	NameKey		key = {known->name, known->name_len};
	NameEntry  *entry = names_lookup(c->places, key);
	const ListedFile *file;

	DigestKnown(c, known);
	if (entry == NULL)
	{
		if (!c->some && IsMissed(known))
		{
			c->gone = lappend(c->gone, pnstrdup(known->name, known->name_len));
			c->plan->tells |= known->state == FILE_REJECTED;
		}
		return;
	}
	file = list_nth(c->files, entry->place);
	if (known->state == FILE_LANDED && IsAsRead(known, file) && IsAsListed(known, file) && !c->all)
		c->unchanged[entry->place] = true;
	else
		c->known[entry->place] = FileLedgerCopy(known);
}

/* A run that has to look at all files leaves the digests as they are. */
static void
ReadLedger(Comparison *c)
{
	List	   *buckets;

	DigestListing(c);
	buckets = BucketsToRead(c);
	IndexNames(c);
	if (!c->has_digests || buckets != NIL)
		FileLedgerRead(c->p, buckets, TakeKnown, c);
}

/* ---- decisions ---- */

static LedgerChange *
Change(const ListedFile *file, const LedgerFile *known, FileState state, TimestampTz seen_at)
{
	LedgerChange *change = palloc0(sizeof(LedgerChange));

	change->name = file->name;
	change->size = file->size;
	change->modified = file->modified;
	change->seen_at = seen_at;
	change->state = state;
	change->problem = file->problem;
	return change;
}

static void
Record(Comparison *c, const ListedFile *file, const LedgerFile *known, FileState state,
	   TimestampTz seen_at)
{
	if (known != NULL && known->state == state && IsAsListed(known, file))
		return;
	c->changes = lappend(c->changes, Change(file, known, state, seen_at));
}

static void
AddDue(Comparison *c, const ListedFile *file, const LedgerFile *known, bool must_be_landed)
{
	DueFile    *due = palloc0(sizeof(DueFile));

	due->name = file->name;
	due->size = file->size;
	due->modified = file->modified;
	due->is_landed = must_be_landed;
	if (must_be_landed)
	{
		due->landed_size = known->read_size;
		due->landed_checksum = known->read_landed ? known->checksum : NULL;
	}
	c->plan->due = lappend(c->plan->due, due);
}

static void
Refuse(Comparison *c, const ListedFile *file, const LedgerFile *known)
{
	LedgerChange *change;

	if (known != NULL && known->state == FILE_REJECTED && IsAsListed(known, file))
		return;
	change = Change(file, known, FILE_REJECTED, c->now);
	c->changes = lappend(c->changes, change);
	c->problems = lappend(c->problems, change);
}

/* By its marker, or its age, or because listings have shown it so for as long. */
static bool
IsComplete(Comparison *c, const ListedFile *file, TimestampTz seen_at)
{
	const FilePolicy *policy = c->policy;
	TimestampTz settled;

	if (policy->done_file != NULL)
	{
		size_t		before = strstr(policy->done_file, NAME_PLACE) - policy->done_file;
		char	   *marker = psprintf("%.*s%s%s", (int) before, policy->done_file, file->name,
									  policy->done_file + before + strlen(NAME_PLACE));

		if (c->source->kind->find_file(c->source, marker)->size < 0)
			return false;
	}
	settled = Min(file->modified, seen_at) + (int64) policy->settle_ms * 1000;
	if (policy->settle_ms == 0 || settled <= c->now)
		return true;
	c->plan->settled_at = Max(c->plan->settled_at, settled);
	return false;
}

/* The version that is listed has been read before, under whatever name for its state. */
static void
DecideRead(Comparison *c, const ListedFile *file, const LedgerFile *known)
{
	bool		again = !known->read_landed && known->definition != NULL && c->definition != NULL &&
		strcmp(known->definition, c->definition) != 0;

	if (again)
	{
		Record(c, file, known, FILE_SEEN, known->seen_at);
		AddDue(c, file, known, false);
		return;
	}
	c->plan->known++;
	if (known->state != FILE_DISPOSING)
		Record(c, file, known, known->read_landed ? FILE_LANDED : FILE_REJECTED, known->seen_at);
}

/* What was disposed of is another file when it is another version. */
static bool
IsChange(const LedgerFile *known)
{
	return known != NULL && known->has_landed && known->state != FILE_DISPOSED;
}

static void
DecideUnread(Comparison *c, const ListedFile *file, const LedgerFile *known)
{
	TimestampTz seen_at = known != NULL && IsAsListed(known, file) ? known->seen_at : c->now;
	bool		changed = IsChange(known);

	if (changed && c->on_change == ON_CHANGE_IGNORE)
	{
		Record(c, file, known, FILE_CHANGED, seen_at);
		return;
	}
	if (!IsComplete(c, file, seen_at))
	{
		c->plan->tells |= file->modified > c->now && known == NULL;
		Record(c, file, known, FILE_SETTLING, seen_at);
		c->plan->settling = lappend(c->plan->settling, unconstify(ListedFile *, file));
		return;
	}
	Record(c, file, known, changed ? FILE_CHANGED : FILE_SEEN, seen_at);
	AddDue(c, file, known, changed && c->on_change == ON_CHANGE_FAIL);
}

/* A name that the pattern spells out, and that is not there: known, or an error of its slice. */
static void
DecideMissing(Comparison *c, const ListedFile *file, const LedgerFile *known)
{
	if (known == NULL)
		AddDue(c, file, known, false);
	else if (IsMissed(known))
		c->gone = lappend(c->gone, file->name);
}

static void
DecideForAll(Comparison *c, const ListedFile *file, const LedgerFile *known)
{
	TimestampTz seen_at = known != NULL && IsAsListed(known, file) ? known->seen_at : c->now;

	if (file->problem == NULL && file->size >= 0 && !(known != NULL && IsAsRead(known, file)))
	{
		if (!IsComplete(c, file, seen_at))
			c->plan->settling = lappend(c->plan->settling, unconstify(ListedFile *, file));
		Record(c, file, known, FILE_SEEN, seen_at);
	}
	AddDue(c, file, known, false);
}

static void
Decide(Comparison *c, const ListedFile *file, const LedgerFile *known)
{
	if (file->has_no_text || (file->problem != NULL && !c->all))
		Refuse(c, file, known);
	else if (c->all)
		DecideForAll(c, file, known);
	else if (file->size < 0)
		DecideMissing(c, file, known);
	else if (known != NULL && IsAsRead(known, file))
		DecideRead(c, file, known);
	else
		DecideUnread(c, file, known);
}

static void
DecideAll(Comparison *c)
{
	ListCell   *lc;

	foreach(lc, c->files)
	{
		int			place = foreach_current_index(lc);

		if (BucketOf(c, place)->is_known || c->unchanged[place])
			c->plan->known++;
		else
			Decide(c, lfirst(lc), c->known[place]);
	}
}

/* ---- what is told ---- */

static void
WarnOfProblems(const Comparison *c)
{
	ListCell   *lc;

	foreach(lc, c->problems)
	{
		const LedgerChange *change = lfirst(lc);

		ereport(WARNING,
				(errcode(ERRCODE_ELT_FILE),
				 errmsg("pipeline \"%s\": file \"%s\" is rejected", c->p->name, change->name),
				 errdetail_internal("%s.", change->problem),
				 errhint("Use SELECT * FROM elt.files WHERE pipeline = '%s' AND state = 'rejected' to "
						 "list such files.", c->p->name)));
	}
}

static int
ByTime(const ListCell *a, const ListCell *b)
{
	const DueFile *fa = lfirst(a);
	const DueFile *fb = lfirst(b);

	if (fa->modified != fb->modified)
		return fa->modified < fb->modified ? -1 : 1;
	return strcmp(fa->name, fb->name);
}

FilePlan *
FilesPlan(const Pipeline *p, const SourceDefinition *source, const Run *run, List *names,
		  bool all, const char *definition)
{
	Comparison	c = {p, source, source->files};
	TimestampTz started = GetCurrentTimestamp();

	c.on_change = OnChangeOf(p, source);
	c.definition = definition;
	c.all = all;
	c.some = names != NIL;
	c.now = started;
	c.files = source->kind->list_files(source, names);
	c.plan = palloc0(sizeof(FilePlan));
	c.plan->listed = list_length(c.files);
	c.known = palloc0(sizeof(LedgerFile *) * Max(c.plan->listed, 1));
	c.unchanged = palloc0(Max(c.plan->listed, 1));
	ReadLedger(&c);
	DecideAll(&c);
	c.plan->tells |= c.problems != NIL;
	if (run == NULL)
		return c.plan;
	FileLedgerWrite(p, run->id, c.changes);
	FileLedgerMarkGone(p, c.gone);
	KeepDigests(&c);
	if (c.policy->by_time)
		list_sort(c.plan->due, ByTime);
	RunAddStep(run->id, run->batches, "list", started, c.plan->listed, list_length(c.plan->due));
	WarnOfProblems(&c);
	return c.plan;
}
