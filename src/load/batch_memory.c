/*
 * batch_memory.c
 *	  The setting that bounds the memory for hashes and values of a batch's rows.
 */
#include "base/compat.h"
#include "load/batch_memory.h"

#include <limits.h>

#include "utils/guc.h"

static int	BatchMemoryKilobytes = 256 * 1024;

void
BatchMemoryInit(void)
{
	DefineCustomIntVariable("elt.batch_memory",
							"Sets the maximum memory to be used for the hashes of a batch's keys; "
							"further ones are written to temporary files.",
							NULL, &BatchMemoryKilobytes, BatchMemoryKilobytes, 64, MAX_KILOBYTES,
							PGC_USERSET, GUC_UNIT_KB, NULL, NULL, NULL);
}

Size
BatchMemory(void)
{
	return (Size) BatchMemoryKilobytes * 1024;
}
