/*
 * spill_file.h
 *	  Temporary files that outlive transactions.
 */
#ifndef ELT_BASE_SPILL_FILE_H
#define ELT_BASE_SPILL_FILE_H

#include "postgres.h"
#include "storage/fd.h"

/* In one of temp_tablespaces. It goes with FileClose, at the latest with the process. */
extern File SpillFileOpen(void);

/* Write at a position; false when temp_file_limit leaves no space. */
extern bool SpillFileWrite(File file, const void *data, size_t len, off_t at);

extern void SpillFileRead(File file, void *data, size_t len, off_t at);

#endif
