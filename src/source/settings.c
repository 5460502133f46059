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
							"Sets how long requests are kept in elt.request_log; 0 disables "
							"logging.",
							NULL, &RequestLogRetention, RequestLogRetention, 0,
							100 * 366 * 24 * 60,
							PGC_SUSET, GUC_UNIT_MIN, NULL, NULL, NULL);
	DefineCustomIntVariable("elt.page_memory",
							"Sets the maximum size of a response held in memory; larger responses "
							"are written to temporary files.",
							NULL, &PageMemory, PageMemory, 1, 1024 * 1024,
							PGC_USERSET, GUC_UNIT_KB, NULL, NULL, NULL);
	DefineCustomIntVariable("elt.record_memory",
							"Sets the maximum memory to be used for decoding one record; larger "
							"records are errors.",
							NULL, &RecordMemory, RecordMemory, 64, 4 * 1024 * 1024,
							PGC_USERSET, GUC_UNIT_KB, NULL, NULL, NULL);
	KindsInit();
}
