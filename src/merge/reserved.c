/*
 * reserved.c
 *	  Column names that merges use in their tables and statements.
 */
#include "base/compat.h"
#include "merge/reserved.h"

#include "utils/lsyscache.h"

static const char *const reserved[] = {
	"_again", "_alone", "_altered", "_anchored", "_appends", "_at", "_batch", "_begins", "_class",
	"_clip", "_cover", "_deleted", "_differs", "_effective", "_ends", "_failed", "_fate", "_first",
	"_first_had", "_first_wanted", "_from", "_hash", "_here", "_is_absent", "_is_altered",
	"_is_last", "_is_logged", "_is_missing", "_is_new", "_is_open", "_is_staged", "_is_stale",
	"_is_there", "_is_tie", "_kept", "_key", "_last", "_late", "_lo", "_loaded_at",
	"_logged_deleted", "_lost", "_n", "_new_sk", "_newest", "_observed", "_old_sk", "_opens", "_p",
	"_parent", "_pivot", "_pruned", "_record", "_row_hash", "_run_id", "_s", "_sequence", "_sk",
	"_span", "_staged", "_stays", "_stored", "_t", "_touches", "_was_deleted", "_whole"
};

void
ReservedNamesCheck(Oid source)
{
	for (int i = 0; i < lengthof(reserved); i++)
		if (get_attnum(source, reserved[i]) != InvalidAttrNumber)
			ereport(ERROR,
					(errcode(ERRCODE_RESERVED_NAME),
					 errmsg("source column name \"%s\" is reserved by pg_elt",
							reserved[i]),
					 errhint("Rename the column, and set its option \"path\" to the field's name; "
							 "of a source without options, select it under another name in "
							 "a view.")));
}
