/*
 * source_view.h
 *	  elt_staging."<pipeline>$source": a view that records the dependencies of a pipeline.
 *
 * A view without columns over the source, owned by the pipeline's owner. DROP of the source, and
 * DROP ROLE of the owner, are refused as they are for any view; types and columns of the source
 * can still be changed. Nobody reads it.
 */
#ifndef ELT_LOAD_SOURCE_VIEW_H
#define ELT_LOAD_SOURCE_VIEW_H

#include "postgres.h"
#include "catalog/pipeline.h"

/*
 * Create the view if it does not exist. Raises an error when source or owner was dropped, or
 * when REASSIGN OWNED gave the view to another role.
 */
extern void SourceViewEnsure(const Pipeline *p);
extern void SourceViewDrop(const Pipeline *p);

#endif
