/*
 * relation_bases.h
 *	  The tables whose data a relation shows.
 */
#ifndef ELT_SOURCE_RELATION_RELATION_BASES_H
#define ELT_SOURCE_RELATION_RELATION_BASES_H

#include "postgres.h"
#include "source/definition.h"

/* Determine where the data of a source is, and whether the transactions that write it can be seen. */
extern void RelationBasesFind(SourceDefinition *def);

#endif
