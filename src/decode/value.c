/*
 * value.c
 *	  Assign values of a page to columns.
 *
 * A value of one row is stored in that row directly. A value that several rows share, because it
 * is anchored above the record or repeated beside arrays, is kept as text and converted once per
 * batch.
 */
#include "postgres.h"

#include "decode/connect_value.h"
#include "decode/container.h"
#include "decode/decoder.h"
#include "decode/json_string.h"
#include "utils/datum.h"
#include "utils/memutils.h"

/* Copy value; the decoder's memory must suffice, or the page fails. */
void
KeepValue(Decoder *d, KeptValue *kept, const JsonValue *value)
{
	kept->seen = true;
	kept->token = value->token;
	kept->escaped = value->escaped;
	kept->len = value->token == JSON_NULL ? 0 : value->len;
	if (kept->text == NULL || kept->len > kept->size)
	{
		size_t		size = Max(64, kept->len);

		if (size - kept->size > d->memory)
		{
			FailMemory(d);
			kept->token = JSON_NULL;
			return;
		}
		d->memory -= size - kept->size;
		if (kept->text)
			pfree(kept->text);
		kept->text = MemoryContextAllocHuge(d->cxt, size);
		kept->size = size;
	}
	if (kept->len > 0)
		memcpy(kept->text, value->text, kept->len);
}

const char *
UnescapedText(Decoder *d, const char *raw, size_t *len, bool escaped)
{
	if (!escaped)
		return raw;
	if (*len > d->scratch_size)
	{
		if (d->scratch)
			pfree(d->scratch);
		d->scratch = NULL;
		d->scratch_size = 0;
		d->scratch = MemoryContextAllocHuge(d->cxt, 2 * *len);
		d->scratch_size = 2 * *len;
	}
	return JsonUnescape(raw, *len, d->scratch, len) ? d->scratch : NULL;
}

/* What converts values of this kind; NULL when the column cannot have them. */
static inline Converter *
ConverterOf(PathColumn *c, JsonToken token)
{
	Converter  *containers = c->containers;

	switch (token)
	{
		case JSON_STRING:
			return &c->converter;
		case JSON_OBJECT_START:
		case JSON_ARRAY_START:
			if (c->converter.takes_json)
				return &c->converter;
			if (containers == NULL || containers->container == NULL)
				return containers;
			return ContainerTakes(containers->container, token == JSON_OBJECT_START)
				? containers : NULL;
		case JSON_NONFINITE:
			return NULL;
		default:
			return c->literals != NULL ? c->literals : &c->converter;
	}
}

/* The text that a value is converted from; NULL when it is none. */
static inline const char *
TextOf(Decoder *d, const Converter *converter, const JsonValue *value, size_t *len)
{
	*len = value->len;
	if (converter->takes_json || value->token != JSON_STRING)
		return value->text;
	*len -= 2;
	return UnescapedText(d, value->text + 1, len, value->escaped);
}

static void
MarkFault(Decoder *d, PathColumn *c, JsonToken token)
{
	c->faulty = true;
	c->fault = token;
	c->problem = NULL;
	d->faulty = true;
}

void
MarkProblem(Decoder *d, PathColumn *c, const char *message)
{
	MarkFault(d, c, JSON_STRING);
	c->problem = message;
}

/*
 * Text that is not UTF-8 is not for conversion functions, and its record becomes a reject or its
 * page fails in any case.
 */
static inline bool
IsTainted(const Decoder *d)
{
	return unlikely(d->reader->tainted >= 0);
}

/* Into the row being made. */
void
PutValue(Decoder *d, PathColumn *c, const JsonValue *value)
{
	RowBatch   *batch = d->batch;
	size_t		at = (size_t) d->row * batch->desc->natts + c->converter.attindex;
	Converter  *converter;
	JsonValue	plain;
	const char *text;
	size_t		len;

	if (value->token == JSON_NULL || IsTainted(d))
		return;
	if (unlikely(c->connect != NULL))
	{
		if (!ConnectRead(d, c, value, &plain))
			return;
		value = &plain;
	}
	converter = ConverterOf(c, value->token);
	text = converter ? TextOf(d, converter, value, &len) : NULL;
	if (text == NULL)
		MarkFault(d, c, value->token);
	else if (!ConvertText(converter, batch, text, len, &batch->values[at], &batch->isnull[at]))
		BatchDefer(batch, converter, text, len);
}

/* The scalar just read, into the row being made. */
void
PutToken(Decoder *d, PathColumn *c, JsonToken token)
{
	JsonReader *r = d->reader;
	RowBatch   *batch = d->batch;
	size_t		at = (size_t) d->row * batch->desc->natts + c->converter.attindex;
	JsonValue	value;

	if (token == JSON_NULL || IsTainted(d))
		return;
	if (likely(token != JSON_NONFINITE && !r->escaped && c->direct) &&
		ConvertFast(&c->converter, batch, r->text, r->len, &batch->values[at]))
	{
		batch->isnull[at] = false;
		return;
	}
	value = ValueOfToken(r, token);
	PutValue(d, c, &value);
}

void
TakeValue(Decoder *d, PathColumn *c, const JsonValue *value)
{
	if (c->shared)
	{
		ClearValue(d, c);
		KeepValue(c->owner != NULL ? c->owner : d, &c->kept, value);
	}
	else
		PutValue(d, c, value);
}

void
ClearValue(Decoder *d, PathColumn *c)
{
	c->faulty = false;
	if (c->zipped)
		return;
	if (!c->shared)
	{
		d->batch->isnull[(size_t) d->row * d->batch->desc->natts + c->converter.attindex] = true;
		BatchForget(d->batch, c->converter.attindex);
		return;
	}
	c->kept.seen = false;
	if (c->datum.converted && !c->converter.byval)
		pfree(DatumGetPointer(c->datum.slow));
	if (c->datum.refused)
		pfree(c->datum.fault.message);
	memset(&c->datum, 0, sizeof(c->datum));
}

/* ---- shared values ---- */

static char *
TextCopy(MemoryContext cxt, const char *text, size_t len)
{
	char	   *copy = MemoryContextAllocHuge(cxt, len + 1);

	memcpy(copy, text, len);
	copy[len] = '\0';
	return copy;
}

/* By the input function, once for all batches. */
static void
ConvertShared(Decoder *d, PathColumn *c, Converter *converter, const char *text, size_t len)
{
	SharedDatum *s = &c->datum;
	MemoryContext scratch;

	if (s->converted || s->refused)
		return;
	scratch = AllocSetContextCreate(d->cxt, "elt shared value", ALLOCSET_SMALL_SIZES);
	if (ConvertGuarded(converter, TextCopy(scratch, text, len), scratch, &s->slow, &s->fault))
	{
		MemoryContext old = MemoryContextSwitchTo(d->cxt);

		s->slow = datumCopy(s->slow, c->converter.byval, c->converter.typlen);
		s->converted = true;
		MemoryContextSwitchTo(old);
	}
	else
	{
		s->refused = true;
		s->fault.message = MemoryContextStrdup(d->cxt, s->fault.message);
	}
	MemoryContextDelete(scratch);
}

static void
RefreshShared(Decoder *d, PathColumn *c)
{
	SharedDatum *s = &c->datum;
	JsonValue	value = {c->kept.token, c->kept.escaped, c->kept.text, c->kept.len};
	Converter  *converter = ConverterOf(c, value.token);
	const char *text;
	size_t		len;

	s->batch_serial = d->batch->serial;
	s->isnull = !c->kept.seen || c->kept.token == JSON_NULL;
	if (s->isnull)
		return;
	text = converter ? TextOf(d, converter, &value, &len) : NULL;
	if (text == NULL)
	{
		c->fault = value.token;
		c->faulty = true;
	}
	else if (!ConvertText(converter, d->batch, text, len, &s->value, &s->isnull))
	{
		ConvertShared(d, c, converter, text, len);
		if (s->converted)
			s->value = datumCopy(s->slow, c->converter.byval, c->converter.typlen);
	}
}

PathColumn *
PutSharedValues(Decoder *d)
{
	RowBatch   *batch = d->batch;
	size_t		row = (size_t) d->row * batch->desc->natts;

	for (int i = 0; d->tree->has_shared && i < d->tree->ncolumns; i++)
	{
		PathColumn *c = &d->tree->columns[i];
		size_t		at = row + c->converter.attindex;

		if (!c->shared)
			continue;
		if (c->datum.batch_serial != batch->serial)
			RefreshShared(d, c);
		if (c->faulty || c->datum.refused)
			return c;
		batch->values[at] = c->datum.value;
		batch->isnull[at] = c->datum.isnull;
	}
	return NULL;
}
