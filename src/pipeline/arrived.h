/*
 * arrived.h
 *	  Have files arrived that a run would load?
 */
#ifndef ELT_PIPELINE_ARRIVED_H
#define ELT_PIPELINE_ARRIVED_H

#include "postgres.h"
#include "catalog/pipeline.h"

/* Writes nothing. An error is one that a run would fail with. */
extern bool FilesHaveArrived(Pipeline *p);

#endif
