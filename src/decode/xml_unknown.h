/*
 * xml_unknown.h
 *	  Track elements and attributes of records that no column reads.
 */
#ifndef ELT_DECODE_XML_UNKNOWN_H
#define ELT_DECODE_XML_UNKNOWN_H

#include "decode/unknown.h"
#include "decode/xml_tree.h"

typedef struct XmlTracking
{
	int64		record;			/* the number of the one at hand */
	bool		is_fresh;		/* it has members that few had before */
	List	   *samples;		/* char *, markup of records */
	MemoryContext cxt;
} XmlTracking;

typedef struct XmlUnknown
{
	UnknownMembers members;
	int64		last[UNKNOWN_MEMBERS];	/* record in which one was counted */
	XmlTracking *tracking;
} XmlUnknown;

/* Begin to track, in the batch that begins, what is within the records and no column takes. */
extern void XmlUnknownBegin(XmlTree *tree, XmlTracking *tracking);
/* A child or an attribute of an element of this step that no step has. */
extern void XmlUnknownNote(XmlUnknown *unknown, const xmlNode *node);
/* The record at hand, which is fresh. */
extern void XmlUnknownKeep(XmlTracking *tracking, const char *markup, size_t len);
/* What was seen since the last call. */
extern void XmlUnknownTake(XmlTree *tree, UnknownSink sink, void *state);

#endif
