/*
 * body.c
 *	  Buffer the body of a response in memory, then in a temporary file.
 */
#include "base/compat.h"
#include "transport/body.h"

#include "commands/tablespace.h"
#include "miscadmin.h"
#include "utils/snapmgr.h"
#include "utils/wait_event.h"

#define FIRST_CAPACITY	16384
#define WRITE_SIZE		(1024 * 1024)

#define HASH_SEED		UINT64CONST(0x9e3779b97f4a7c15)
#define HASH_FACTOR_A	UINT64CONST(0xd6e8feb86659fd93)
#define HASH_FACTOR_B	UINT64CONST(0xff51afd7ed558ccd)

void
BodyInit(PageBody *body, size_t *held)
{
	memset(body, 0, sizeof(PageBody));
	body->file = -1;
	body->hash = HASH_SEED;
	body->held = held;
}

static inline uint64
HashWord(uint64 hash, const void *bytes)
{
	uint64		word;

	memcpy(&word, bytes, sizeof(word));
	hash = ((hash << 23) | (hash >> 41)) ^ (word * HASH_FACTOR_A);
	return hash * HASH_FACTOR_B;
}

/* The result does not depend on how the body was cut into chunks. */
static void
HashBytes(PageBody *body, const char *data, size_t len)
{
	while (len > 0 && body->npartial > 0)
	{
		body->partial[body->npartial++] = *data++;
		len--;
		if (body->npartial == 8)
		{
			body->hash = HashWord(body->hash, body->partial);
			body->npartial = 0;
		}
	}
	for (; len >= 8; data += 8, len -= 8)
		body->hash = HashWord(body->hash, data);
	if (len > 0)
	{
		memcpy(body->partial + body->npartial, data, len);
		body->npartial += len;
	}
}

uint64
BodyHash(const PageBody *body)
{
	unsigned char last[8] = {0};
	uint64		hash = body->hash;

	memcpy(last, body->partial, body->npartial);
	hash = HashWord(hash, last) ^ (uint64) body->total;
	hash = (hash ^ (hash >> 33)) * HASH_FACTOR_A;
	hash = (hash ^ (hash >> 29)) * HASH_FACTOR_B;
	return hash ^ (hash >> 32);
}

static bool
Grow(PageBody *body, size_t needed)
{
	size_t		capacity = Max(body->capacity, FIRST_CAPACITY);
	char	   *data;

	while (capacity < needed)
		capacity *= 2;
	if (capacity == body->capacity)
		return true;
	data = realloc(body->data, capacity);
	if (data == NULL)
		return false;
	body->data = data;
	body->capacity = capacity;
	return true;
}

bool
BodyAppend(PageBody *body, const char *data, size_t len)
{
	if (!Grow(body, body->len + len))
		return false;
	memcpy(body->data + body->len, data, len);
	body->len += len;
	body->total += len;
	*body->held += len;
	HashBytes(body, data, len);
	return true;
}

/* How much memory the body holds is what it has copied, whatever it has allocated. */
static void
ForgetMemory(PageBody *body)
{
	*body->held -= body->len;
	body->len = 0;
}

static void
FreeMemory(PageBody *body)
{
	ForgetMemory(body);
	free(body->data);
	body->data = NULL;
	body->capacity = 0;
}

static void
WriteOut(PageBody *body, size_t from, int len)
{
	int			written;

	errno = 0;
	written = FileWrite(body->file, body->data + from, len, body->file_len,
						WAIT_EVENT_BUFFILE_WRITE);
	if (written == len)
	{
		body->file_len += len;
		return;
	}
	if (errno == 0)
		errno = ENOSPC;
	ereport(ERROR,
			(errcode_for_file_access(),
			 errmsg("could not write a response to a temporary file: %m")));
}

/* The next one of temp_tablespaces; the database's own where none is set. */
static Oid
SpillTablespace(void)
{
	Oid			tablespace;

	PrepareTempTablespaces();
	InvalidateCatalogSnapshotConditionally();	/* a run waits without one */
	tablespace = GetNextTempTableSpace();
	return OidIsValid(tablespace) ? tablespace : MyDatabaseTableSpace;
}

/*
 * A page outlives transactions. PostgreSQL puts temporary files that do so into the tablespace of
 * the database, so for as long as it takes to open one that is another one.
 */
static void
OpenSpillFile(PageBody *body)
{
	Oid			own = MyDatabaseTableSpace;

	PG_TRY();
	{
		MyDatabaseTableSpace = SpillTablespace();
		body->file = OpenTemporaryFile(true);
	}
	PG_FINALLY();
	{
		MyDatabaseTableSpace = own;
	}
	PG_END_TRY();
}

static void
WriteAllOut(PageBody *body)
{
	size_t		done;

	for (done = 0; done < body->len; done += Min(WRITE_SIZE, body->len - done))
		WriteOut(body, done, (int) Min(WRITE_SIZE, body->len - done));
}

/* FileWrite looks at temp_file_limit before it does anything, so there is nothing to undo. */
static bool
WriteWithinLimit(PageBody *body)
{
	MemoryContext caller = CurrentMemoryContext;
	volatile bool fits = true;

	PG_TRY();
	{
		WriteAllOut(body);
	}
	PG_CATCH();
	{
		if (geterrcode() != ERRCODE_CONFIGURATION_LIMIT_EXCEEDED)
			PG_RE_THROW();
		MemoryContextSwitchTo(caller);
		FlushErrorState();
		fits = false;
	}
	PG_END_TRY();
	return fits;
}

bool
BodySpill(PageBody *body)
{
	if (body->file < 0)
		OpenSpillFile(body);
	if (!WriteWithinLimit(body))
		return false;
	ForgetMemory(body);
	if (body->capacity > WRITE_SIZE)
		FreeMemory(body);
	return true;
}

bool
BodyFinish(PageBody *body)
{
	char	   *data;

	if (body->file >= 0)
	{
		if (!BodySpill(body))
			return false;
		FreeMemory(body);
		return true;
	}
	if (body->len == 0 || body->capacity < 2 * body->len)
		return true;
	data = realloc(body->data, body->len);
	if (data != NULL)
	{
		body->data = data;
		body->capacity = body->len;
	}
	return true;
}

void
BodyRelease(PageBody *body)
{
	FreeMemory(body);
	if (body->file >= 0)
		FileClose(body->file);
	body->file = -1;
}

void
BodyEmpty(PageBody *body)
{
	size_t	   *held = body->held;

	BodyRelease(body);
	BodyInit(body, held);
}
