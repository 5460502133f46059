/*
 * settings.c
 *	  Settings (GUCs) of pulls.
 */
#include "base/compat.h"
#include "source/settings.h"

#include "catalog/request_log_table.h"
#include "source/kinds.h"
#include "utils/guc.h"

int			PageMemory = 8192;
int			RecordMemory = 65536;

void
SourceInit(void)
{
	DefineCustomIntVariable("elt.request_log_retention",
							"How long elt.request_log knows a request; 0: none is logged.",
							NULL, &RequestLogRetention, RequestLogRetention, 0,
							100 * 366 * 24 * 60,
							PGC_SUSET, GUC_UNIT_MIN, NULL, NULL, NULL);
	DefineCustomIntVariable("elt.page_memory",
							"Size up to which an answer is kept in memory; a larger one goes "
							"to a temporary file.",
							NULL, &PageMemory, PageMemory, 1, 1024 * 1024,
							PGC_USERSET, GUC_UNIT_KB, NULL, NULL, NULL);
	DefineCustomIntVariable("elt.record_memory",
							"Size up to which one record is decoded; a larger one is an error.",
							NULL, &RecordMemory, RecordMemory, 64, 4 * 1024 * 1024,
							PGC_USERSET, GUC_UNIT_KB, NULL, NULL, NULL);
	KindsInit();
}
