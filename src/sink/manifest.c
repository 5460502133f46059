/*
 * manifest.c
 *	  The list of the files of an export, which is written behind all of them.
 */
#include "base/compat.h"
#include "sink/manifest.h"

#include "base/json_document.h"
#include "lib/stringinfo.h"
#include "sink/exported_file.h"
#include "sink/value_text.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/json.h"
#include "utils/jsonb.h"

char *
ManifestName(const char *folder)
{
	return psprintf("%s/%s", folder, MANIFEST_NAME);
}

static void
AddFile(StringInfo to, const ExportedFile *file)
{
	appendStringInfoString(to, "  {\"file\": ");
	escape_json(to, file->name);
	appendStringInfo(to, ", \"rows\": " INT64_FORMAT ", \"bytes\": " INT64_FORMAT
					 ", \"sha256\": \"%s\"}", file->rows, file->bytes, file->sha256);
}

OutputFile *
ManifestWrite(const OutputKind *kind, const char *place, const char *folder, List *files)
{
	OutputFile *output = OutputOpen(kind, place, ManifestName(folder));
	StringInfoData text;
	ListCell   *lc;
	const char *utf8;

	initStringInfo(&text);
	appendStringInfoString(&text, "{\"files\": [");
	foreach(lc, files)
	{
		appendStringInfoString(&text, lc == list_head(files) ? "\n" : ",\n");
		AddFile(&text, lfirst(lc));
	}
	appendStringInfoString(&text, "\n]}\n");
	utf8 = Utf8Of(text.data);
	OutputAppend(output, utf8, strlen(utf8));
	OutputSeal(output);
	return output;
}

/* False: it has no list of files. */
static bool
ReadFiles(const char *text, JsonbValue *files)
{
	const char *problem;
	Jsonb	   *manifest;

	if (JsonDocumentParse(text, strlen(text), &problem) == NULL)
		return false;
	manifest = DatumGetJsonbP(DirectFunctionCall1(jsonb_in, CStringGetDatum(text)));
	return JB_ROOT_IS_OBJECT(manifest) &&
		getKeyJsonValueFromContainer(&manifest->root, "files", 5, files) != NULL &&
		files->type == jbvBinary;
}

static Datum
ParseManifest(const char *name, const char *text)
{
	JsonbValue	files;

	if (ReadFiles(text, &files))
		return JsonbPGetDatum(JsonbValueToJsonb(&files));
	ereport(ERROR,
			(errcode(ERRCODE_DATA_CORRUPTED),
			 errmsg("file \"%s\" is no manifest of an export", name),
			 errhint("Specify another path, or remove what is there.")));
}

List *
ManifestFiles(const OutputKind *kind, const char *place, const char *folder)
{
	char	   *name = ManifestName(folder);
	char	   *text = kind->read(place, name);
	Jsonb	   *files = DatumGetJsonbP(ParseManifest(name, text));
	List	   *names = NIL;

	for (uint32 i = 0; i < JB_ROOT_COUNT(files); i++)
	{
		JsonbValue *file = getIthJsonbValueFromContainer(&files->root, i);
		JsonbValue	value;

		if (file != NULL && file->type == jbvBinary &&
			getKeyJsonValueFromContainer(file->val.binary.data, "file", 4, &value) != NULL &&
			value.type == jbvString)
			names = lappend(names, pnstrdup(value.val.string.val, value.val.string.len));
	}
	return names;
}
