/*
 * event_columns.c
 *	  Which columns take what of an event.
 */
#include "postgres.h"

#include "common/base64.h"
#include "decode/event.h"
#include "utils/builtins.h"

/* Members under which the tree of paths has the values of the row and the rest of the event. */
#define ROW_NAME "row"
#define EVENT_NAME "event"

static char *
PathBelow(const char *place, const char *path)
{
	return psprintf("%s%s%s", place, path[0] == '[' || path[0] == '\0' || path[0] == '.' ? "" : ".", path);
}

static void
RefuseZip(const DecodeSpec *spec, const DecodeColumn *column)
{
	if (column->path == NULL || strstr(column->path, "[*]") == NULL)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("path \"%s\" of column \"%s\" cannot end in [*] because the records are events",
					column->path, NameStr(TupleDescAttr(spec->desc, column->attnum - 1)->attname)),
			 errhint("Use a column of an array type or of type jsonb.")));
}

static const char *
PathInEvent(const DecodeSpec *spec, const DecodeColumn *column)
{
	if (column->path == NULL)
		return PathBelow(ROW_NAME,
						 PathStepText(NameStr(TupleDescAttr(spec->desc, column->attnum - 1)->attname)));
	if (column->path[0] == '$')
		return PathBelow(EVENT_NAME, column->path + 1);
	return PathBelow(ROW_NAME, column->path);
}

static bool
IsRead(const DecodeColumn *column)
{
	return !column->is_param && !column->is_line && !column->is_list && !column->is_arrival &&
		!column->is_key && !column->is_index;
}

DecodeSpec *
EventColumns(const DecodeSpec *spec)
{
	DecodeSpec *columns = palloc(sizeof(DecodeSpec));

	*columns = *spec;
	columns->ncolumns = 0;
	columns->columns = palloc(sizeof(DecodeColumn) * Max(spec->ncolumns, 1));
	for (int i = 0; i < spec->ncolumns; i++)
	{
		DecodeColumn *column = &columns->columns[columns->ncolumns];

		*column = spec->columns[i];
		if (column->role != EVENT_VALUE)
			continue;
		columns->ncolumns++;
		if (!IsRead(column))
			continue;
		RefuseZip(spec, column);
		if (column->path == NULL || column->path[0] != '$')
			column->connect = ConnectColumnCreate(TupleDescAttr(spec->desc, column->attnum - 1), column);
		column->path = PathInEvent(spec, column);
	}
	return columns;
}

static void
AddRole(EventReader *e, const DecodeSpec *spec, const DecodeColumn *column)
{
	Form_pg_attribute att = TupleDescAttr(spec->desc, column->attnum - 1);
	EventRoleColumn *role = &e->roles[e->nroles++];

	role->role = column->role;
	role->column = pstrdup(NameStr(att->attname));
	role->attindex = column->attnum - 1;
	role->type = att->atttypid;
}

const PathStep *
EventRowMember(const Decoder *d, const PathColumn *c)
{
	const PathStep *step = &c->path->steps[d->tree->nsteps + 1];

	return c->path->nsteps == d->tree->nsteps + 2 && step->type == STEP_MEMBER ? step : NULL;
}

/* Only a value that the row itself has can be found before and after. */
static void
AddKey(EventReader *e, const Decoder *d, const PathColumn *c)
{
	const PathStep *step = EventRowMember(d, c);

	if (step == NULL)
		return;
	e->keys[e->nkeys].name = step->name;
	e->keys[e->nkeys++].len = step->name_len;
}

static bool
Identifies(const DecodeSpec *spec, const PathColumn *c)
{
	for (int i = 0; i < spec->ncolumns; i++)
		if (spec->columns[i].attnum == c->converter.attindex + 1)
			return spec->columns[i].identifies;
	return false;
}

/* Values of the row are read as the events' writer writes them. */
static void
AddRowColumn(EventReader *e, const DecodeSpec *spec, Decoder *d, PathColumn *c)
{
	c->connect->events = e;
	c->direct = false;
	c->node->only = NULL;
	c->node->wants_json = true;
	if (Identifies(spec, c))
		AddKey(e, d, c);
}

static void
AddUnsent(EventReader *e, JsonToken token, char *text)
{
	e->unsent[e->nunsent++] = (JsonValue) {token, false, text, strlen(text)};
}

/* The text as it is, as bytes, as the only element of a list, and as the only entry of a map. */
static void
AddUnsentForms(EventReader *e, const char *text)
{
	int			len = (int) strlen(text);
	char	   *hex = palloc0(2 * len + 1);
	int			size = pg_b64_enc_len(len);
	char	   *base64 = palloc0(size + 1);

	hex_encode(text, len, hex);
	if (pg_b64_encode((const void *) text, len, base64, size) < 0)
		elog(ERROR, "could not encode %d bytes in base64", len);
	AddUnsent(e, JSON_STRING, psprintf("\"%s\"", text));
	AddUnsent(e, JSON_STRING, psprintf("\"%s\"", hex));
	AddUnsent(e, JSON_STRING, psprintf("\"%s\"", base64));
	AddUnsent(e, JSON_ARRAY_START, psprintf("[\"%s\"]", text));
	AddUnsent(e, JSON_OBJECT_START, psprintf("{\"%s\":\"%s\"}", text, text));
}

EventReader *
EventReaderCreate(const DecodeSpec *spec, Decoder *d)
{
	EventReader *e = palloc0(sizeof(EventReader));
	PathNode   *root = d->tree->roots[d->tree->nsteps];

	e->spec = spec->envelope;
	e->cxt = d->cxt;
	e->reader = JsonReaderCreate(d->record_memory, d->max_depth);
	e->row = root == NULL ? NULL : PathNodeSearch(root, ROW_NAME, strlen(ROW_NAME));
	e->event = root == NULL ? NULL : PathNodeSearch(root, EVENT_NAME, strlen(EVENT_NAME));
	e->roles = palloc0(sizeof(EventRoleColumn) * Max(spec->ncolumns, 1));
	e->keys = palloc0(sizeof(EventKeyColumn) * Max(spec->ncolumns, 1));
	e->structs = JsonReaderCreate(d->record_memory, d->max_depth);
	initStringInfo(&e->text);
	initStringInfo(&e->bytes);
	AddUnsentForms(e, e->spec->unsent);
	for (int i = 0; i < spec->ncolumns; i++)
		if (spec->columns[i].role != EVENT_VALUE)
			AddRole(e, spec, &spec->columns[i]);
	for (int i = 0; i < d->tree->ncolumns; i++)
		if (d->tree->columns[i].connect != NULL)
			AddRowColumn(e, spec, d, &d->tree->columns[i]);
	return e;
}

PathNode *
EventRowNode(const EventReader *e)
{
	return e->row;
}

const JsonValue *
EventRowValue(const EventReader *e)
{
	return e->nrows > 0 ? e->rows[e->nrows - 1].values[0] : NULL;
}

void
EventMarkPresent(const EventReader *e, bool *present)
{
	for (int i = 0; i < e->nroles; i++)
		present[e->roles[i].attindex] = true;
}
