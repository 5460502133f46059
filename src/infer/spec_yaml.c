/*
 * spec_yaml.c
 *	  Read a description of an API that is written in YAML.
 *
 * libyaml scans the text, which is in memory, so that no callback of ours runs within it. What an alias
 * refers to is not copied but shared, so aliases of aliases take no more memory than they have lines;
 * and it has to be complete, so that there are no cycles.
 */
#include "postgres.h"
#include "infer/spec_yaml.h"

#include <yaml.h>

#include "base/handle.h"
#include "common/hashfn.h"
#include "miscadmin.h"
#include "nodes/pg_list.h"

/* Only merged mappings can be more than their text. */
#define MAX_NODES 2000000

#define ANCHOR_LISTS 1024

typedef struct Anchor
{
	char	   *name;
	const SpecNode *node;
} Anchor;

typedef struct YamlReader
{
	yaml_parser_t parser;
	yaml_event_t event;			/* at hand */
	List	   *anchors[ANCHOR_LISTS];	/* Anchor *, by the hash of the name, the latest last */
	int			nodes;
	int			depth;
} YamlReader;

/* ---- events ---- */

static void
Release(void *arg)
{
	YamlReader *reader = arg;

	yaml_event_delete(&reader->event);
	yaml_parser_delete(&reader->parser);
}

static void
Fail(size_t line, size_t column, const char *what)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
			 errmsg("API description is not valid YAML: %s", what),
			 errdetail("Line %zu, column %zu.", line + 1, column + 1)));
}

static void
FailHere(const YamlReader *reader, const char *what)
{
	Fail(reader->event.start_mark.line, reader->event.start_mark.column, what);
}

static yaml_event_type_t
Next(YamlReader *reader)
{
	CHECK_FOR_INTERRUPTS();
	yaml_event_delete(&reader->event);
	if (!yaml_parser_parse(&reader->parser, &reader->event))
		Fail(reader->parser.problem_mark.line, reader->parser.problem_mark.column,
			 reader->parser.problem != NULL ? reader->parser.problem : "out of memory");
	return reader->event.type;
}

/* ---- nodes ---- */

static SpecNode *
MakeNode(YamlReader *reader, SpecKind kind)
{
	SpecNode   *node = palloc0(sizeof(SpecNode));

	node->kind = kind;
	if (++reader->nodes > MAX_NODES)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("API description has more than %d values", MAX_NODES)));
	return node;
}

static SpecNode *
Share(YamlReader *reader, const SpecNode *shared)
{
	SpecNode   *node = MakeNode(reader, shared->kind);

	node->text = shared->text;
	node->first = shared->first;
	return node;
}

/* Add to a mapping or a list, which grows there. */
static void
Grow(SpecNode ***at, SpecNode *node)
{
	**at = node;
	*at = &node->next;
}

/* The event at hand ends before what has the anchor. */
static char *
AnchorName(const unsigned char *anchor)
{
	return anchor == NULL ? NULL : pstrdup((const char *) anchor);
}

static List **
AnchorsLike(YamlReader *reader, const char *name)
{
	uint32		hash = hash_bytes((const unsigned char *) name, strlen(name));

	return &reader->anchors[hash % ANCHOR_LISTS];
}

static void
SetAnchor(YamlReader *reader, char *name, const SpecNode *node)
{
	Anchor	   *anchor;
	List	  **like;

	if (name == NULL)
		return;
	anchor = palloc(sizeof(Anchor));
	anchor->name = name;
	anchor->node = node;
	like = AnchorsLike(reader, name);
	*like = lappend(*like, anchor);
}

static SpecNode *
ReadAlias(YamlReader *reader)
{
	const char *name = (const char *) reader->event.data.alias.anchor;
	List	   *like = *AnchorsLike(reader, name);

	for (int i = list_length(like) - 1; i >= 0; i--)
	{
		const Anchor *anchor = list_nth(like, i);

		if (strcmp(anchor->name, name) == 0)
			return Share(reader, anchor->node);
	}
	FailHere(reader, psprintf("alias \"%s\" refers to nothing that is complete", name));
	pg_unreachable();
}

static bool
IsAmong(const char *text, const char *const *words, int n)
{
	for (int i = 0; i < n; i++)
		if (strcmp(text, words[i]) == 0)
			return true;
	return false;
}

/* As in YAML 1.2, in which yes is a text. */
static SpecKind
KindOfPlain(const char *text)
{
	static const char *const trues[] = {"true", "True", "TRUE"};
	static const char *const others[] = {
		"", "~", "null", "Null", "NULL", "false", "False", "FALSE"
	};

	if (IsAmong(text, trues, lengthof(trues)))
		return SPEC_TRUE;
	return IsAmong(text, others, lengthof(others)) ? SPEC_OTHER : SPEC_TEXT;
}

static char *
ScalarText(const YamlReader *reader)
{
	const char *value = (const char *) reader->event.data.scalar.value;
	size_t		len = reader->event.data.scalar.length;

	if (memchr(value, '\0', len) != NULL)
		FailHere(reader, "a text contains a zero byte");
	return pnstrdup(value, len);
}

static SpecNode *
ReadScalar(YamlReader *reader)
{
	char	   *text = ScalarText(reader);
	SpecNode   *node = MakeNode(reader, reader->event.data.scalar.plain_implicit ?
								KindOfPlain(text) : SPEC_TEXT);

	node->text = node->kind == SPEC_TEXT ? text : NULL;
	SetAnchor(reader, AnchorName(reader->event.data.scalar.anchor), node);
	return node;
}

/* ---- mappings and lists ---- */

static SpecNode *ReadNode(YamlReader *reader);

/* Members that a mapping does not have itself: they come behind its own, which are found first. */
static void
Merge(YamlReader *reader, SpecNode ***at, const SpecNode *merged)
{
	if (merged->kind == SPEC_ARRAY)
	{
		for (const SpecNode *one = merged->first; one != NULL; one = one->next)
			if (one->kind == SPEC_OBJECT)
				Merge(reader, at, one);
		return;
	}
	for (const SpecNode *member = merged->first; member != NULL; member = member->next)
	{
		SpecNode   *node = Share(reader, member);

		node->name = member->name;
		Grow(at, node);
	}
}

static void
ReadMembers(YamlReader *reader, SpecNode ***at)
{
	List	   *merged = NIL;
	ListCell   *lc;

	while (Next(reader) != YAML_MAPPING_END_EVENT)
	{
		SpecNode   *node;
		char	   *name;
		bool		merges;

		if (reader->event.type != YAML_SCALAR_EVENT)
			FailHere(reader, "a key is not a text");
		name = ScalarText(reader);
		merges = strcmp(name, "<<") == 0 && reader->event.data.scalar.plain_implicit;
		(void) Next(reader);
		node = ReadNode(reader);
		node->name = name;
		if (merges && (node->kind == SPEC_OBJECT || node->kind == SPEC_ARRAY))
			merged = lappend(merged, node);
		else
			Grow(at, node);
	}
	foreach(lc, merged)
		Merge(reader, at, lfirst(lc));
}

static void
ReadElements(YamlReader *reader, SpecNode ***at)
{
	while (Next(reader) != YAML_SEQUENCE_END_EVENT)
		Grow(at, ReadNode(reader));
}

static SpecNode *
ReadCollection(YamlReader *reader, SpecKind kind, const unsigned char *anchor,
			   void (*read) (YamlReader *reader, SpecNode ***at))
{
	char	   *name = AnchorName(anchor);
	SpecNode   *node = MakeNode(reader, kind);
	SpecNode  **at = &node->first;

	if (++reader->depth > SPEC_MAX_DEPTH)
		FailHere(reader, psprintf("it is nested more than %d levels deep", SPEC_MAX_DEPTH));
	read(reader, &at);
	reader->depth--;
	SetAnchor(reader, name, node);
	return node;
}

/* Of the event at hand. */
static SpecNode *
ReadNode(YamlReader *reader)
{
	check_stack_depth();
	switch (reader->event.type)
	{
		case YAML_MAPPING_START_EVENT:
			return ReadCollection(reader, SPEC_OBJECT, reader->event.data.mapping_start.anchor,
								  ReadMembers);
		case YAML_SEQUENCE_START_EVENT:
			return ReadCollection(reader, SPEC_ARRAY, reader->event.data.sequence_start.anchor,
								  ReadElements);
		case YAML_ALIAS_EVENT:
			return ReadAlias(reader);
		case YAML_SCALAR_EVENT:
			return ReadScalar(reader);
		default:
			FailHere(reader, "a value is missing");
			pg_unreachable();
	}
}

SpecNode *
SpecReadYaml(const char *text, size_t len)
{
	YamlReader *reader = palloc0(sizeof(YamlReader));
	SpecNode   *root;

	if (!yaml_parser_initialize(&reader->parser))
		ereport(ERROR, (errcode(ERRCODE_OUT_OF_MEMORY), errmsg("out of memory")));
	ReleaseWithContext(CurrentMemoryContext, Release, reader);
	yaml_parser_set_input_string(&reader->parser, (const unsigned char *) text, len);
	while (Next(reader) == YAML_STREAM_START_EVENT || reader->event.type == YAML_DOCUMENT_START_EVENT)
		;
	root = ReadNode(reader);
	while (Next(reader) == YAML_DOCUMENT_END_EVENT)
		;
	if (reader->event.type != YAML_STREAM_END_EVENT)
		FailHere(reader, "it has more than one document");
	return root;
}
