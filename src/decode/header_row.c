/*
 * header_row.c
 *	  Records that are arrays, whose fields a header names.
 *
 * The header is the first record of a page, or a list of names elsewhere in it, for which the page
 * is read once before its records.
 */
#include "postgres.h"

#include "decode/header_row.h"

#include "decode/json_string.h"
#include "lib/stringinfo.h"
#include "utils/json.h"
#include "utils/memutils.h"

struct HeaderRow
{
	Path	   *path;			/* to the names; NULL: the first record has them */
	bool		known;			/* those of this page have been read */
	MemoryContext cxt;			/* of the page */
	List	   *names;			/* of char * */
	char	   *text;			/* the same as a JSON array; NULL: no reject has needed it */
	int			nfields;
	PathNode  **nodes;			/* by field; NULL: no column takes it */
};

HeaderRow *
HeaderRowCreate(const DecodeSpec *spec, const PathTree *tree)
{
	PathNode   *root = tree->roots[tree->nsteps];
	HeaderRow  *h;

	if (!spec->header_row && spec->header_path == NULL)
		return NULL;
	if (root != NULL && (root->nelements > 0 || root->nzipped > 0 || root->ncolumns > 0))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("paths of columns in records with a header must begin with a name")));
	h = palloc0(sizeof(HeaderRow));
	if (spec->header_path != NULL)
		h->path = PathParse(spec->header_path, "option \"header_path\"");
	h->cxt = AllocSetContextCreate(CurrentMemoryContext, "elt header row", ALLOCSET_SMALL_SIZES);
	return h;
}

void
HeaderRowBegin(HeaderRow *h)
{
	if (h == NULL)
		return;
	MemoryContextReset(h->cxt);
	h->known = false;
	h->names = NIL;
	h->text = NULL;
}

bool
HeaderRowIsNext(const Decoder *d)
{
	return d->header != NULL && !d->header->known;
}

/* ---- names ---- */

static bool
FailNames(Decoder *d)
{
	return FailPage(d, "header is not a list of names");
}

/* The scalar that was just read. */
static bool
AddName(Decoder *d, JsonToken token)
{
	HeaderRow  *h = d->header;
	MemoryContext old;
	size_t		len = d->reader->len;
	char	   *name;
	bool		valid;

	if (token != JSON_STRING && token != JSON_NUMBER)
		return token == JSON_ERROR ? false : FailNames(d);
	old = MemoryContextSwitchTo(h->cxt);
	name = palloc(len + 1);
	valid = JsonUnescape(d->reader->text, len, name, &len);
	name[len] = '\0';
	h->names = lappend(h->names, name);
	MemoryContextSwitchTo(old);
	return valid || FailNames(d);
}

static bool
IsOptional(const PathNode *node)
{
	for (int i = 0; i < node->ncolumns; i++)
		if (!node->columns[i]->optional)
			return false;
	for (int i = 0; i < node->nzipped; i++)
		if (!node->zipped[i]->optional)
			return false;
	for (int i = 0; i < node->nmembers; i++)
		if (!IsOptional(node->members[i]))
			return false;
	for (int i = 0; i < node->nelements; i++)
		if (!IsOptional(node->elements[i]))
			return false;
	return true;
}

static int
CountName(const HeaderRow *h, const char *name)
{
	int			count = 0;
	ListCell   *lc;

	foreach(lc, h->names)
		count += strcmp(lfirst(lc), name) == 0;
	return count;
}

/* Every field that a column takes must be there once. */
static bool
CheckNames(Decoder *d, const PathNode *root)
{
	for (int i = 0; root != NULL && i < root->nmembers; i++)
	{
		const PathNode *node = root->members[i];
		int			count = CountName(d->header, node->name);

		if (count > 1)
			return FailPage(d, psprintf("field \"%s\" occurs more than once in the header", node->name));
		if (count == 0 && !IsOptional(node))
			return FailPage(d, psprintf("field \"%s\" not found in the header", node->name));
	}
	return true;
}

static bool
TakeNames(Decoder *d)
{
	HeaderRow  *h = d->header;
	PathNode   *root = d->tree->roots[d->tree->nsteps];
	ListCell   *lc;

	h->known = true;
	h->nfields = 0;
	h->nodes = MemoryContextAllocZero(h->cxt, sizeof(PathNode *) * Max(1, list_length(h->names)));
	foreach(lc, h->names)
	{
		const char *name = lfirst(lc);

		h->nodes[h->nfields++] = root ? PathNodeMember(root, name, strlen(name)) : NULL;
	}
	return CheckNames(d, root);
}

/* ---- the header ---- */

bool
ReadHeaderRecord(Decoder *d)
{
	JsonToken	token = d->token;

	if (token != JSON_ARRAY_START)
		return FailNames(d);
	while ((token = JsonNext(d->reader)) != JSON_ARRAY_END)
		if (!AddName(d, token))
			return false;
	return TakeNames(d);
}

static bool FindNames(Decoder *d, int step, JsonToken token);

static bool
FindInObject(Decoder *d, int step)
{
	const PathStep *wanted = &d->header->path->steps[step];
	JsonToken	token;

	while ((token = JsonNext(d->reader)) == JSON_KEY)
	{
		size_t		len = d->reader->len;
		const char *name = UnescapedText(d, d->reader->text, &len, d->reader->escaped);

		if (wanted->type == STEP_MEMBER && name != NULL && wanted->name_len == len &&
			memcmp(name, wanted->name, len) == 0)
		{
			if (!FindNames(d, step + 1, JsonNext(d->reader)))
				return false;
		}
		else if (JsonSkip(d->reader) == JSON_ERROR)
			return false;
	}
	return token == JSON_OBJECT_END;
}

static bool
FindInArray(Decoder *d, int step)
{
	const PathStep *wanted = &d->header->path->steps[step];
	JsonToken	token;

	for (int64 index = 0; (token = JsonNext(d->reader)) != JSON_ARRAY_END; index++)
	{
		bool		leads = wanted->type == STEP_EACH ||
			(wanted->type == STEP_INDEX && wanted->index == index);

		if (!(leads ? FindNames(d, step + 1, token) : SkipValue(d->reader, token)))
			return false;
	}
	return true;
}

static bool
FindNames(Decoder *d, int step, JsonToken token)
{
	if (step == d->header->path->nsteps)
		return AddName(d, token);
	if (token == JSON_OBJECT_START)
		return FindInObject(d, step);
	if (token == JSON_ARRAY_START)
		return FindInArray(d, step);
	return SkipValue(d->reader, token);
}

bool
ReadHeaderPath(Decoder *d)
{
	int64		tainted;

	if (d->header->path == NULL)
		return true;
	if (!FindNames(d, 0, JsonNext(d->reader)))
		return d->failed ? false : FailReader(d);
	tainted = d->reader->tainted;
	d->source->rewind(d->source->state);
	JsonReaderOpen(d->page, d->source, JSON_ONE);
	if (tainted >= 0 && d->header->names == NIL)
		return FailNames(d);
	return TakeNames(d);
}

/* ---- with a rejected record ---- */

/* In the current memory context; NULL: it cannot be stored. */
static char *
TextOfNames(const List *names)
{
	StringInfoData text;
	const ListCell *lc;

	initStringInfo(&text);
	foreach(lc, names)
	{
		appendStringInfoChar(&text, text.len == 0 ? '[' : ',');
		escape_json(&text, lfirst(lc));
	}
	appendStringInfoChar(&text, ']');
	return names != NIL && TextIsStorable(text.data, text.len) ? text.data : NULL;
}

bool
HeaderRowText(Decoder *d, const char **result)
{
	HeaderRow  *h = d->header;
	MemoryContext old;

	if (h == NULL)
		return true;
	if (h->text == NULL)
	{
		old = MemoryContextSwitchTo(h->cxt);
		h->text = TextOfNames(h->names);
		MemoryContextSwitchTo(old);
	}
	if (h->text != NULL)
		*result = h->text;
	return h->text != NULL;
}

void
HeaderRowTake(Decoder *d, const char *text)
{
	JsonToken	token;
	bool		read = true;

	ReadKeptText(d, text);
	while (read && (token = JsonNext(d->reader)) != JSON_ARRAY_END)
		read = AddName(d, token);
	d->reader = d->page;
	if (!read)
		elog(ERROR, "header kept with a rejected record is not a JSON array");
	(void) TakeNames(d);
}

/* ---- names that no column takes ---- */

void
HeaderRowTakeUnknown(Decoder *d, UnknownSink sink, void *state)
{
	const HeaderRow *h = d->header;
	int			n = 0;

	for (int i = 0; i < h->nfields && n < UNKNOWN_MEMBERS && DecoderRecords(d) > 0; i++)
	{
		const char *name = list_nth(h->names, i);

		if (h->nodes[i] != NULL || name[0] == '\0' || CountName(h, name) > 1)
			continue;
		sink(state, PathStepText(name), DecoderRecords(d));
		n++;
	}
}

/* ---- records ---- */

bool
ReadRowOfArray(Decoder *d, uint64 stamp, int64 *nfields)
{
	HeaderRow  *h = d->header;
	JsonToken	token;

	for (*nfields = 0; (token = JsonNext(d->reader)) != JSON_ARRAY_END; (*nfields)++)
	{
		PathNode   *node = *nfields < h->nfields ? h->nodes[*nfields] : NULL;

		if (node != NULL)
			node->stamp = stamp;
		if (!(node ? ReadNode(d, node, stamp, token) : SkipValue(d->reader, token)))
			return false;
	}
	return true;
}

char *
FieldCountText(const Decoder *d, int64 nfields)
{
	int			expected = d->header->nfields;

	if (nfields == expected)
		return NULL;
	return psprintf("record has " INT64_FORMAT " field%s, but the header has %d", nfields,
					nfields == 1 ? "" : "s", expected);
}
