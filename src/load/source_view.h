/*
 * source_view.h
 *	  elt_staging."<pipeline>$source": by which the server knows what a pipeline needs.
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
 * Make it when it is not there. Error when source or owner are gone, or when the view was given
 * to another role, as REASSIGN OWNED does.
 */
extern void SourceViewEnsure(const Pipeline *p);
extern void SourceViewDrop(const Pipeline *p);

#endif
