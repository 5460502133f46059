/*
 * body.c
 *	  Buffer the body of a response in memory, then in a temporary file.
 */
#include "base/compat.h"
#include "transport/body.h"

#include "base/spill_file.h"

#define FIRST_CAPACITY	16384
/* Memory that is kept for what comes after a spill. */
#define KEPT_CAPACITY	(1024 * 1024)

void
BodyInit(PageBody *body, size_t *held)
{
	memset(body, 0, sizeof(PageBody));
	body->file = -1;
	StreamHashBegin(&body->hash);
	body->held = held;
}

uint64
BodyHash(const PageBody *body)
{
	return StreamHashEnd(&body->hash);
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
	*body->held += len;
	StreamHashAdd(&body->hash, data, len);
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

bool
BodySpill(PageBody *body)
{
	if (body->file < 0)
		body->file = SpillFileOpen();
	if (!SpillFileWrite(body->file, body->data, body->len, body->file_len))
		return false;
	body->file_len += body->len;
	ForgetMemory(body);
	if (body->capacity > KEPT_CAPACITY)
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
