/*
 * xml_reader.c
 *	  Read an XML page element by element with libxml2's reader.
 *
 * libxml2 asks for bytes through a callback, in which an error of PostgreSQL would leave it in the
 * middle: such an error is kept, reading fails, and the error is raised after libxml2 has returned.
 * What libxml2 finds wrong is kept as text in the same way.
 */
#include "postgres.h"

#include "decode/xml_reader.h"

#include "base/errors.h"
#include "base/handle.h"
#include "mb/pg_wchar.h"
#include "utils/memutils.h"

#define FAULT_BYTES 256

/* No network, text that is stored in its node where it fits, and CDATA as text. */
#define READER_OPTIONS (XML_PARSE_NONET | XML_PARSE_COMPACT | XML_PARSE_NOCDATA | XML_PARSE_BIG_LINES)

struct XmlReader
{
	MemoryContext cxt;
	size_t		record_memory;
	xmlTextReaderPtr reader;
	ByteSource *source;
	const char *chunk;			/* of the source, what libxml2 has not taken of it */
	size_t		chunk_len;
	bool		began;			/* bytes have come */
	size_t		room;			/* for the element that is expanded */
	bool		expanding;
	xmlBufferPtr markup;		/* scratch of XmlReaderMarkup */

	/* kept by callbacks */
	ErrorData  *error;			/* of the source */
	bool		no_room;
	int			line;			/* of the fault; 0: none */
	char		fault[FAULT_BYTES];
};

/* ---- callbacks of libxml2, which never throw ---- */

/* The next chunk; an error of the source is kept. False at the end, too. */
static bool
NextChunk(XmlReader *r)
{
	MemoryContext caller = CurrentMemoryContext;
	volatile bool more = false;

	PG_TRY();
	{
		do
			more = r->source->next(r->source->state, &r->chunk, &r->chunk_len);
		while (more && r->chunk_len == 0);
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(r->cxt);
		r->error = CopyErrorData();
		FlushErrorState();
		MemoryContextSwitchTo(caller);
	}
	PG_END_TRY();
	r->began |= more;
	return more;
}

static int
OnRead(void *context, char *buffer, int len)
{
	XmlReader  *r = context;
	size_t		n;

	if (r->error != NULL)
		return -1;
	if (r->chunk_len == 0 && !NextChunk(r))
		return r->error != NULL ? -1 : 0;
	n = Min((size_t) len, r->chunk_len);
	if (r->expanding && n > r->room)
	{
		r->no_room = true;
		return -1;
	}
	r->room -= r->expanding ? n : 0;
	memcpy(buffer, r->chunk, n);
	r->chunk += n;
	r->chunk_len -= n;
	return (int) n;
}

static int
OnClose(void *context)
{
	return 0;
}

#if LIBXML_VERSION >= 21200
#define XML_ERROR_ARG const xmlError *
#else
#define XML_ERROR_ARG xmlErrorPtr
#endif

/* The first fault is the one that is told. A prefix that is not declared is none: it is a name. */
static void
OnFault(void *context, XML_ERROR_ARG error)
{
	XmlReader  *r = context;

	if (r->line > 0 || error->level < XML_ERR_ERROR || error->message == NULL ||
		error->domain == XML_FROM_NAMESPACE)
		return;
	r->line = Max(error->line, 1);
	strlcpy(r->fault, error->message, FAULT_BYTES);
}

/* ---- errors ---- */

static char *
FaultText(XmlReader *r)
{
	size_t		len = strcspn(r->fault, "\r\n");
	const char *advice = strstr(r->fault, " use XML_PARSE");

	if (advice != NULL)
		len = Min(len, advice - r->fault);
	len = pg_encoding_mbcliplen(PG_UTF8, r->fault, len, FAULT_BYTES);
	r->fault[len] = '\0';
	for (char *p = r->fault; GetDatabaseEncoding() != PG_UTF8 && *p != '\0'; p++)
		if (IS_HIGHBIT_SET(*p))
			*p = '?';
	return r->fault;
}

pg_attribute_noreturn()
static void
RaiseNoMemory(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_OUT_OF_MEMORY),
			 errmsg("out of memory")));
	pg_unreachable();
}

pg_attribute_noreturn()
static void
RaiseNoRoom(const XmlReader *r)
{
	ereport(ERROR,
			(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
			 errmsg("record exceeds elt.record_memory (%zu kB)", r->record_memory / 1024),
			 errhint("Increase elt.record_memory, or select smaller records.")));
	pg_unreachable();
}

pg_attribute_noreturn()
static void
RaiseFault(XmlReader *r)
{
	if (r->error != NULL)
		ReThrowError(r->error);
	if (r->no_room)
		RaiseNoRoom(r);
	if (!r->began)
		ereport(ERROR,
				(errcode(ERRCODE_ELT_BAD_PAGE),
				 errmsg("page is empty")));
	ereport(ERROR,
			(errcode(ERRCODE_ELT_BAD_PAGE),
			 errmsg("page is not valid XML: %s", r->line > 0 ? FaultText(r) : "unexpected end"),
			 r->line > 0 ? errdetail("Line %d.", r->line) : 0));
	pg_unreachable();
}

void
XmlReaderFail(xmlNodePtr node, char *message)
{
	long		line = xmlGetLineNo(node);

	ereport(ERROR,
			(errcode(ERRCODE_ELT_BAD_PAGE),
			 errmsg("%s", message),
			 line > 0 ? errdetail("Line %ld of the page.", line) : 0));
	pg_unreachable();
}

void
XmlReaderFailEntity(xmlNodePtr node, const xmlNode *reference)
{
	XmlReaderFail(node, psprintf("page refers to entity \"%s\", which is not permitted in XML",
								 (const char *) reference->name));
}

/* ---- reading ---- */

static void
Close(XmlReader *r)
{
	if (r->reader != NULL)
		xmlFreeTextReader(r->reader);
	r->reader = NULL;
}

static void
Release(void *arg)
{
	XmlReader  *r = arg;

	Close(r);
	xmlBufferFree(r->markup);
}

XmlReader *
XmlReaderCreate(size_t record_memory)
{
	XmlReader  *r = palloc0(sizeof(XmlReader));

	xmlInitParser();
	r->cxt = CurrentMemoryContext;
	r->record_memory = record_memory;
	ReleaseWithContext(r->cxt, Release, r);
	r->markup = xmlBufferCreate();
	if (r->markup == NULL)
		RaiseNoMemory();
	return r;
}

void
XmlReaderOpen(XmlReader *r, ByteSource *source)
{
	Close(r);
	r->source = source;
	r->chunk_len = 0;
	r->began = r->expanding = r->no_room = false;
	r->error = NULL;
	r->line = 0;
	r->reader = xmlReaderForIO(OnRead, OnClose, r, NULL, NULL, READER_OPTIONS);
	if (r->reader == NULL)
		RaiseNoMemory();
	xmlTextReaderSetStructuredErrorHandler(r->reader, OnFault, r);
}

/* What a declaration of entities makes of a small document has no bound. */
static void
CheckNode(xmlNodePtr node)
{
	if (node->type == XML_DTD_NODE && node->children != NULL)
		XmlReaderFail(node, "page declares entities or elements, which is not permitted in XML");
	if (node->type == XML_ENTITY_REF_NODE)
		XmlReaderFailEntity(node, node);
}

static xmlNodePtr
Current(XmlReader *r, int result)
{
	xmlNodePtr	node;

	if (result < 0 || r->error != NULL || r->line > 0)
		RaiseFault(r);
	if (result == 0)
		return NULL;
	node = xmlTextReaderCurrentNode(r->reader);
	CheckNode(node);
	return node;
}

xmlNodePtr
XmlReaderNext(XmlReader *r)
{
	return Current(r, xmlTextReaderRead(r->reader));
}

xmlNodePtr
XmlReaderSkip(XmlReader *r)
{
	return Current(r, xmlTextReaderNext(r->reader));
}

xmlNodePtr
XmlReaderExpand(XmlReader *r)
{
	xmlNodePtr	node;

	r->expanding = true;
	r->room = r->record_memory;
	node = xmlTextReaderExpand(r->reader);
	r->expanding = false;
	if (node == NULL || r->error != NULL || r->line > 0)
		RaiseFault(r);
	return node;
}

bool
XmlReaderAtEnd(const XmlReader *r)
{
	return xmlTextReaderNodeType(r->reader) == XML_READER_TYPE_END_ELEMENT;
}

bool
XmlReaderIsEmpty(const XmlReader *r)
{
	return xmlTextReaderIsEmptyElement(r->reader) == 1;
}

const char *
XmlReaderMarkup(XmlReader *r, xmlNodePtr node, size_t *len)
{
	xmlOutputBufferPtr out;

	/* without one, attributes are written in ASCII */
	if (node->doc->encoding == NULL)
		node->doc->encoding = xmlStrdup((const xmlChar *) "UTF-8");
	xmlBufferEmpty(r->markup);
	out = xmlOutputBufferCreateBuffer(r->markup, NULL);
	if (out != NULL)
		xmlNodeDumpOutput(out, node->doc, node, 0, 0, "UTF-8");
	if (out == NULL || xmlOutputBufferClose(out) < 0)
		RaiseNoMemory();
	*len = xmlBufferLength(r->markup);
	return (const char *) xmlBufferContent(r->markup);
}
