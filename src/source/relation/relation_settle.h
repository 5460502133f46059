/*
 * relation_settle.h
 *	  Up to where no row can still appear: rows of transactions that commit late.
 */
#ifndef ELT_SOURCE_RELATION_RELATION_SETTLE_H
#define ELT_SOURCE_RELATION_RELATION_SETTLE_H

#include "postgres.h"
#include "source/relation/relation_pull.h"

/* See PullIsSettled. */
extern bool RelationIsSettled(Pull *base);

/* Define elt.settle_timeout. */
extern void RelationSettleInit(void);

#endif
