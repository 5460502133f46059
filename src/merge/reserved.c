/*
 * reserved.c
 *	  The names of a merge's own columns, in its tables and in its statements.
 */
#include "base/compat.h"
#include "merge/reserved.h"

#include "utils/lsyscache.h"

static const char *const reserved[] = {
	"_again", "_alone", "_altered", "_anchored", "_appends", "_at", "_batch", "_begins", "_class",
	"_clip", "_cover", "_deleted", "_differs", "_effective", "_ends", "_failed", "_fate", "_first",
	"_first_had", "_first_wanted", "_from", "_hash", "_here", "_is_altered", "_is_last",
	"_is_logged", "_is_missing", "_is_new", "_is_staged", "_is_stale", "_is_tie", "_kept", "_key",
	"_late", "_lo", "_loaded_at", "_logged_deleted", "_lost", "_n", "_new_sk", "_newest",
	"_observed", "_old_sk", "_opens", "_p", "_pivot", "_pruned", "_row_hash", "_run_id", "_s",
	"_sequence", "_sk", "_span", "_staged", "_stays", "_stored", "_t", "_was_deleted"
};

void
ReservedNamesCheck(Oid source)
{
	for (int i = 0; i < lengthof(reserved); i++)
		if (get_attnum(source, reserved[i]) != InvalidAttrNumber)
			ereport(ERROR,
					(errcode(ERRCODE_RESERVED_NAME),
					 errmsg("source column \"%s\" has a name that pg_elt gives to a column of its own",
							reserved[i]),
					 errhint("Rename it in the source: the foreign table's columns take a "
							 "\"path\" option.")));
}
