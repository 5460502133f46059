/*
 * erase_rejects.h
 *	  Delete the rejects of a key.
 */
#ifndef ELT_PIPELINE_ERASE_REJECTS_H
#define ELT_PIPELINE_ERASE_REJECTS_H

#include "postgres.h"
#include "catalog/pipeline.h"
#include "source/definition.h"

/* A key by columns of a source that hold it. */
typedef struct ErasedKey
{
	List	   *columns;		/* char * */
	List	   *texts;			/* char *, values as their types write them */
	const char *json;			/* object, as KeyAsJson writes it */
} ErasedKey;

/*
 * Delete the rejects of rows with these values, and those of rows of a parent with them; returns how
 * many. What cannot be decoded is deleted when its text has every value as a word; *by_word is how
 * many of them those are.
 */
extern int64 EraseRejects(const Pipeline *p, const SourceDefinition *source, const ErasedKey *key,
						  int64 *by_word);

#endif
