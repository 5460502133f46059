/*
 * row_file_json.c
 *	  Rows as lines of JSON, an object each, as row_to_json writes it.
 */
#include "base/compat.h"
#include "sink/row_file.h"

#include "access/htup_details.h"
#include "fmgr.h"
#include "funcapi.h"
#include "mb/pg_wchar.h"
#include "sink/packed_output.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"

typedef struct JsonRowFile
{
	PackedOutput *packed;
	TupleDesc	desc;
} JsonRowFile;

static void
Begin(RowFile *file)
{
	JsonRowFile *own = palloc0(sizeof(JsonRowFile));

	own->packed = PackedOutputBegin(file->output, file->options->codec, file->options->level);
	own->desc = BlessTupleDesc(CreateTupleDescCopy(file->desc));
	file->own = own;
}

/* Values of json keep the line breaks that they came with, which are spaces as well. */
static void
JoinLines(char *line, int len)
{
	for (int i = 0; i < len; i++)
		if (line[i] == '\n' || line[i] == '\r')
			line[i] = ' ';
}

static void
AddLine(StringInfo to, struct varlena *json)
{
	char	   *line = VARDATA_ANY(json);
	int			len = (int) VARSIZE_ANY_EXHDR(json);
	char	   *utf8 = pg_server_to_any(line, len, PG_UTF8);
	int			start = to->len;

	appendBinaryStringInfo(to, utf8, utf8 == line ? len : (int) strlen(utf8));
	JoinLines(to->data + start, to->len - start);
	appendStringInfoChar(to, '\n');
}

static void
Add(RowFile *file, const Datum *values, const bool *nulls)
{
	JsonRowFile *own = file->own;
	HeapTuple	tuple = heap_form_tuple(own->desc, unconstify(Datum *, values),
										unconstify(bool *, nulls));
	Datum		json = DirectFunctionCall1(row_to_json,
										   heap_copy_tuple_as_datum(tuple, own->desc));

	AddLine(PackedOutputText(own->packed), DatumGetTextPP(json));
	PackedOutputFlush(own->packed);
}

static void
End(RowFile *file)
{
	PackedOutputEnd(((JsonRowFile *) file->own)->packed);
}

const RowFormat JsonRows = {
	.name = "jsonl",
	.suffix = ".jsonl",
	.begin = Begin,
	.add = Add,
	.end = End,
};
