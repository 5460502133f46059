/*
 * type_text.c
 *	  Values as the input and output functions of their types read and write them.
 */
#include "base/compat.h"
#include "base/type_text.h"

#include "utils/builtins.h"
#include "utils/lsyscache.h"

char *
TextOfValue(Oid type, Datum value)
{
	Oid			output;
	bool		varlena;

	getTypeOutputInfo(type, &output, &varlena);
	return OidOutputFunctionCall(output, value);
}

void
OutputFunctionOf(Oid type, FmgrInfo *output)
{
	Oid			function;
	bool		varlena;

	getTypeOutputInfo(type, &function, &varlena);
	fmgr_info(function, output);
}

Datum
ValueOfText(Oid type, int32 typmod, const char *text)
{
	Oid			input;
	Oid			ioparam;

	getTypeInputInfo(type, &input, &ioparam);
	return OidInputFunctionCall(input, unconstify(char *, text), ioparam, typmod);
}

/* parse_bool_with_len looks at the first byte even of an empty text. */
bool
ParseBoolean(const char *text, size_t len, bool *value)
{
	return len > 0 && parse_bool_with_len(text, len, value);
}
