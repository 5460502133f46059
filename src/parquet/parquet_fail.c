/*
 * parquet_fail.c
 *	  Errors of files that are no Parquet, or that use what is not supported.
 */
#include "base/compat.h"
#include "parquet/parquet_fail.h"

#include "base/errors.h"

#define MAX_TEXT 1000

void
ParquetFail(const char *format,...)
{
	char		text[MAX_TEXT];
	va_list		args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	ereport(ERROR,
			(errcode(ERRCODE_ELT_BAD_PAGE),
			 errmsg("page is truncated or not valid Parquet: %s", text)));
	pg_unreachable();
}

void
ParquetRefuse(const char *format,...)
{
	char		text[MAX_TEXT];
	va_list		args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	ereport(ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("page uses a feature of Parquet that is not supported: %s", text),
			 errhint("Write the file without this feature.")));
	pg_unreachable();
}

void
ParquetFailMemory(const char *part, int64 bytes, size_t limit)
{
	ereport(ERROR,
			(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
			 errmsg("memory for a %s of Parquet exceeds elt.record_memory (%zu kB)", part, limit / 1024),
			 errdetail("It needs " INT64_FORMAT " bytes.", bytes),
			 errhint("If the file is valid, increase elt.record_memory, or write it with smaller pages.")));
	pg_unreachable();
}

void
ParquetFailTar(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("page is a tar archive, which is not supported in format Parquet"),
			 errhint("Unpack the archive, or store its files in a zip archive.")));
	pg_unreachable();
}
