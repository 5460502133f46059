/*
 * output.h
 *	  Files that are written where a server says, each of them whole or not at all.
 *
 *		file = OutputOpen(&LocalOutput, root, "out/power.parquet");
 *		OutputAppend(file, data, len);
 *		OutputSeal(file);
 *		OutputPublish(file, false);
 *
 * Until OutputPublish nobody sees the file. What is not published when the memory context of
 * OutputOpen goes is aborted, after an error as well.
 */
#ifndef ELT_SINK_OUTPUT_H
#define ELT_SINK_OUTPUT_H

#include "postgres.h"
#include "common/cryptohash.h"
#include "common/sha2.h"
#include "decode/byte_source.h"
#include "nodes/pg_list.h"

struct OutputFile;

/* One kind of place. */
typedef struct OutputKind
{
	/* Set own, by which the others know the file. */
	void		(*open) (struct OutputFile *file);
	void		(*append) (struct OutputFile *file, const char *data, size_t len);
	/* No more bytes come: those that came are on stable storage, and need no handle. */
	void		(*seal) (struct OutputFile *file);
	/* Set own of a file that is published, and its bytes; false: there is none. */
	bool		(*find) (struct OutputFile *file);
	/* The bytes of a file that is sealed or was found, until the current context goes. */
	ByteSource *(*source) (struct OutputFile *file);
	/* Give it its name; another file that has it is an error, or goes. */
	void		(*publish) (struct OutputFile *file, bool replace);
	/* Remove what is not published; raises no error. */
	void		(*abort) (struct OutputFile *file);
	/* Is the name taken? */
	bool		(*exists) (const char *place, const char *name);
	/* All names in a folder (char *), those of hidden files as well; NIL when there is none. */
	List	   *(*list) (const char *place, const char *folder);
	/* All of a published file that is small. */
	char	   *(*read) (const char *place, const char *name);
	/* Remove a published file if it is there, and folders that are empty then; raises no error. */
	void		(*remove) (const char *place, const char *name);
} OutputKind;

typedef enum OutputState
{
	OUTPUT_OPEN,
	OUTPUT_SEALED,
	OUTPUT_PUBLISHED
} OutputState;

typedef struct OutputFile
{
	const OutputKind *kind;
	const char *place;			/* as the server says it, such as a directory */
	const char *name;			/* within the place */
	MemoryContext cxt;
	OutputState state;
	void	   *own;
	int64		bytes;
	char	   *sha256;			/* in hexadecimal; once it is sealed */
	pg_cryptohash_ctx *hash;
} OutputFile;

extern const OutputKind LocalOutput;

/* A published file, to be read; NULL: there is none. */
extern OutputFile *OutputFind(const OutputKind *kind, const char *place, const char *name);
extern OutputFile *OutputOpen(const OutputKind *kind, const char *place, const char *name);
extern void OutputAppend(OutputFile *file, const char *data, size_t len);
extern void OutputSeal(OutputFile *file);
extern void OutputPublish(OutputFile *file, bool replace);

#endif
