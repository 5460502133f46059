/*
 * read_back.h
 *	  Read the rows of a file that was written, as the readers of pg_elt read it.
 */
#ifndef ELT_SINK_READ_BACK_H
#define ELT_SINK_READ_BACK_H

#include "postgres.h"
#include "access/tupdesc.h"
#include "sink/output.h"
#include "sink/row_file.h"
#include "sink/row_hash.h"

/* Of a file that is sealed. Raises an error when it cannot be read. */
extern RowSum ReadBack(OutputFile *file, const RowFormat *format, const RowFileOptions *options,
					   TupleDesc desc);

#endif
