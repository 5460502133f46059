/*
 * xml_unknown.c
 *	  Track elements and attributes of records that no column reads.
 *
 * They are told by their local names, as paths without a prefix find them. An element that repeats
 * counts once in each record.
 */
#include "postgres.h"

#include "decode/xml_unknown.h"

#include "decode/path.h"
#include "utils/memutils.h"

#define XSI "http://www.w3.org/2001/XMLSchema-instance"

/* Examples are for inferring a type; this is what a reject keeps of a record. */
#define SAMPLE_BYTES 8192

/* ---- tracking ---- */

/* What a column takes as a whole is not unknown. */
static bool
IsTakenWhole(const XmlStep *step)
{
	for (int i = 0; i < step->ncolumns; i++)
		if (step->columns[i]->is_markup)
			return true;
	return false;
}

static void
TrackStep(XmlStep *step, XmlTracking *tracking)
{
	if (IsTakenWhole(step) || step->nsteps == 0)
		return;
	if (step->unknown == NULL)
	{
		step->unknown = MemoryContextAllocZero(tracking->cxt, sizeof(XmlUnknown));
		step->unknown->tracking = tracking;
	}
	for (int i = 0; i < step->unknown->members.n; i++)
		step->unknown->members.members[i].samples = 0;
	for (int i = 0; i < step->nsteps; i++)
		TrackStep(step->steps[i], tracking);
}

void
XmlUnknownBegin(XmlTree *tree, XmlTracking *tracking)
{
	TrackStep(tree->record, tracking);
}

/* ---- members ---- */

static const char *
LocalName(const xmlNode *node)
{
	const char *name = (const char *) node->name;
	const char *colon = node->ns == NULL ? strchr(name, ':') : NULL;

	return colon != NULL ? colon + 1 : name;
}

/* Attributes have @ before their names. */
static bool
IsMember(const UnknownMember *member, bool is_attribute, const char *name)
{
	return (member->name[0] == '@') == is_attribute && strcmp(member->name + is_attribute, name) == 0;
}

/* Where it is among them; -1: there is no room. */
static int
Find(XmlUnknown *unknown, bool is_attribute, const char *name)
{
	UnknownMembers *all = &unknown->members;
	UnknownMember *member;

	for (int k = 0; k < all->n; k++)
	{
		int			i = (all->hint + k) % all->n;

		if (IsMember(&all->members[i], is_attribute, name))
		{
			all->hint = i + 1;
			return i;
		}
	}
	if (all->n == UNKNOWN_MEMBERS)
		return -1;
	member = &all->members[all->n];
	member->len = strlen(name) + is_attribute;
	member->name = MemoryContextAlloc(unknown->tracking->cxt, member->len + 1);
	snprintf(member->name, member->len + 1, "%s%s", is_attribute ? "@" : "", name);
	all->hint = all->n + 1;
	return all->n++;
}

void
XmlUnknownNote(XmlUnknown *unknown, const xmlNode *node)
{
	XmlTracking *tracking = unknown->tracking;
	UnknownMember *member;
	int			i;

	if (node->ns != NULL && strcmp((const char *) node->ns->href, XSI) == 0)
		return;
	i = Find(unknown, node->type == XML_ATTRIBUTE_NODE, LocalName(node));
	if (i < 0)
	{
		unknown->members.others++;
		return;
	}
	if (unknown->last[i] == tracking->record)
		return;
	unknown->last[i] = tracking->record;
	member = &unknown->members.members[i];
	member->count++;
	if (member->count > UNKNOWN_FIRST || member->samples == UNKNOWN_SAMPLES)
		return;
	member->samples++;
	tracking->is_fresh = true;
}

void
XmlUnknownKeep(XmlTracking *tracking, const char *markup, size_t len)
{
	MemoryContext old;

	tracking->is_fresh = false;
	if (list_length(tracking->samples) >= UNKNOWN_SAMPLES || len > SAMPLE_BYTES)
		return;
	old = MemoryContextSwitchTo(tracking->cxt);
	tracking->samples = lappend(tracking->samples, pnstrdup(markup, len));
	MemoryContextSwitchTo(old);
}

/* ---- results ---- */

static char *
StepText(const XmlName *name)
{
	return name->prefix == NULL ? PathStepText(name->local) :
		PathStepText(psprintf("%s:%s", name->prefix, name->local));
}

/* As it is written in paths. */
static char *
MemberText(const char *name)
{
	char	   *text = PathStepText(name[0] == '@' ? name + 1 : name);

	if (name[0] == '@')
		return text[0] == '"' ? PathStepText(name) : pstrdup(name);
	return text;
}

static void
TakeStep(XmlStep *step, const char *before, UnknownSink sink, void *state)
{
	UnknownMembers *all;

	if (step->unknown == NULL)
		return;
	all = &step->unknown->members;
	for (int i = 0; i < all->n; i++)
	{
		if (all->members[i].count > 0)
			sink(state, psprintf("%s%s", before, MemberText(all->members[i].name)),
				 all->members[i].count);
		all->members[i].count = 0;
	}
	if (all->others > 0)
		sink(state, NULL, all->others);
	all->others = 0;
	for (int i = 0; i < step->nsteps; i++)
		TakeStep(step->steps[i], psprintf("%s%s.", before, StepText(&step->steps[i]->name)), sink,
				 state);
}

void
XmlUnknownTake(XmlTree *tree, UnknownSink sink, void *state)
{
	TakeStep(tree->record, "", sink, state);
}
