/*
 * owner_sql.h
 *	  SQL of the pipeline's owner around a run: the condition run_when and the statements before_landing and
 *	  on_landed.
 *
 * They run as the owner, in a security-restricted operation with search_path pg_catalog.
 */
#ifndef ELT_PIPELINE_OWNER_SQL_H
#define ELT_PIPELINE_OWNER_SQL_H

#include "postgres.h"
#include "catalog/pipeline.h"

/* Errors unless each that is set could be executed. */
extern void OwnerSqlCheck(const Pipeline *p);

/* Does run_when hold? True when there is none; null is false. */
extern bool RunWhenHolds(const Pipeline *p);
/* Execute before_landing, if there is any, before the rows of a batch are merged. */
extern void BeforeLanding(const Pipeline *p);
/* Execute on_landed, if there is any, in the transaction of the landing. */
extern void OnLanded(const Pipeline *p);

#endif
