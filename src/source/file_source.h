/*
 * file_source.h
 *	  What a foreign table of elt_file adds to a source's definition.
 *
 * A file is a slice: its params are {"file": "name relative to root"}, so that a column with
 * lineage 'file' is a param like any other, and WHERE narrows it to the files that it names.
 */
#ifndef ELT_SOURCE_FILE_SOURCE_H
#define ELT_SOURCE_FILE_SOURCE_H

#include "postgres.h"
#include "decode/csv_decoder.h"
#include "foreign/foreign.h"
#include "source/definition.h"
#include "transport/transport.h"

#define FILE_PARAM "file"

typedef enum FileFormat
{
	FILE_CSV,
	FILE_JSON,
	FILE_JSONL
} FileFormat;

typedef struct FileSource
{
	char	   *root;			/* directory that nothing leaves */
	char	   *glob;			/* relative to it */
	FileFormat	format;
	char	   *compression;	/* none, gzip, zstd or auto */
	int64		max_bytes;		/* of one file, after decompression */
	CsvOptions	csv;			/* of FILE_CSV */
} FileSource;

/* Check the options (DefElem *) of an object of this catalogue, as OptionsCheck does. */
extern void FileOptionsCheck(List *options, Oid catalog);

/* Read options into def->file and what follows from them. */
extern void FileSourceRead(SourceDefinition *def, const ForeignServer *server,
						   const ForeignTable *table);
/* The same of a column, its options given. */
extern void FileColumnRead(SourceColumn *column, List *options);
/* Table and columns against each other. */
extern void FileSourceCheck(const SourceDefinition *def);

/*
 * A params combination (char *) per file that there is. With wanted, a list of ParamValue *, only
 * those of these names; with must_exist each of them has to be there.
 */
extern List *FileCombinations(const SourceDefinition *def, List *wanted, bool must_exist);

/* Bytes on disk of these slices' files, as far as they can be opened. */
extern int64 FileBytes(const SourceDefinition *def, List *slices);
/* How many rows all files may hold, judged by their size. */
extern double FileRowsGuess(const SourceDefinition *def);

/* The name of a slice's file, for messages. */
extern char *FileText(const Slice *slice);

/*
 * Is a file that has been read to its end without even the header that it should have? That is
 * no error, as nothing is wrong with its rows, but a warning says so.
 */
extern bool FileIsEmpty(const SourceDefinition *def, const Slice *slice,
						const FetchedPage *page);

extern TransportRequest *FileRequest(const SourceDefinition *def, const Slice *slice);

#endif
