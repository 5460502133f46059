/*
 * new_fields.h
 *	  Fields that come although no column reads them, and values that the type of a column refuses.
 */
#ifndef ELT_PIPELINE_NEW_FIELDS_H
#define ELT_PIPELINE_NEW_FIELDS_H

#include "postgres.h"
#include "catalog/drift.h"
#include "source/definition.h"

/*
 * In the landing transaction: record what is new in the batch, with a column that could take it.
 * lists (char *) are the records options of children, whose lists are not new. Returns what the batch has
 * of fields (char *) that are.
 */
extern List *NewFieldsLand(const Pipeline *p, const StagedBatch *batch, List *lists);

/* The same of values that could not be converted. */
extern void TypeDriftLand(const Pipeline *p, const SourceDefinition *source,
						  const StagedBatch *batch);

/*
 * The statement that would make column, of which all records of the batch lack the field, read a new
 * field instead; NULL: none is likely.
 */
extern char *NewFieldInPlaceOf(const Pipeline *p, const StagedBatch *batch,
							   const SourceColumn *column);

/* Before a run: add columns for what is new, where that is wanted. */
extern void NewFieldsAdd(Pipeline *p);

#endif
