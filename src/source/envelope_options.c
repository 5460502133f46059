/*
 * envelope_options.c
 *	  Check and read the options about events of change.
 */
#include "base/compat.h"
#include "source/envelope_options.h"

#include "catalog/pg_type.h"
#include "source/definition_checks.h"
#include "source/option_read.h"
#include "source/options.h"
#include "utils/builtins.h"

#define DEBEZIUM_UNAVAILABLE "__debezium_unavailable_value"

static const char *const forms[] = {
	[ENVELOPE_DEBEZIUM] = "debezium",
	[ENVELOPE_DEBEZIUM_FLAT] = "debezium_flat",
	[ENVELOPE_MAXWELL] = "maxwell",
};

typedef struct RoleName
{
	const char *name;
	EventRole	role;
	Oid			types[3];
} RoleName;

static const RoleName roles[] = {
	{"op", EVENT_OP, {TEXTOID}},
	{"sequence", EVENT_SEQUENCE, {INT8ARRAYOID, INT8OID, LSNOID}},
	{"lsn", EVENT_LSN, {LSNOID}},
	{"committed_at", EVENT_COMMITTED_AT, {TIMESTAMPTZOID}},
	{"xid", EVENT_XID, {INT8OID, TEXTOID}},
	{"unavailable", EVENT_UNSENT, {TEXTARRAYOID}},
};

/* ---- values ---- */

static bool
FormOf(const char *name, EnvelopeForm *form)
{
	for (int i = 0; i < lengthof(forms); i++)
		if (strcmp(forms[i], name) == 0)
		{
			*form = i;
			return true;
		}
	return false;
}

bool
CheckEnvelope(const char *value, const char **detail)
{
	EnvelopeForm form;

	return FormOf(value, &form);
}

bool
CheckUnavailable(const char *value, const char **detail)
{
	return value[0] != '\0' && strpbrk(value, "\"\\") == NULL;
}

static const RoleName *
FindRole(const char *lineage)
{
	for (int i = 0; lineage != NULL && i < lengthof(roles); i++)
		if (strcmp(roles[i].name, lineage) == 0)
			return &roles[i];
	return NULL;
}

bool
CheckEventLineage(const char *value)
{
	return FindRole(value) != NULL;
}

EventRole
EventRoleOf(const char *lineage)
{
	const RoleName *role = FindRole(lineage);

	return role == NULL ? EVENT_VALUE : role->role;
}

/* ---- together ---- */

void
EnvelopeOptionsCheck(List *options, bool is_json)
{
	static const char hint[] = "Specify the format of the events, as in OPTIONS (envelope 'debezium').";

	OptionNeeds(options, "relation", "envelope", hint);
	OptionNeeds(options, "on_truncate", "envelope", hint);
	OptionNeeds(options, "unavailable_value", "envelope", hint);
	OptionsExclude(options, "envelope", "header", NULL);
	OptionsExclude(options, "envelope", "header_path", NULL);
	if (OptionValue(options, "envelope") != NULL && !is_json)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_INVALID_OPTION_NAME),
				 errmsg("option \"envelope\" requires format 'json' or 'jsonl'")));
}

EnvelopeSpec *
EnvelopeRead(List *options)
{
	char	   *name = OptionValue(options, "envelope");
	EnvelopeSpec *envelope;

	if (name == NULL)
		return NULL;
	envelope = palloc0(sizeof(EnvelopeSpec));
	if (!FormOf(name, &envelope->form))
		OptionError("envelope", name, NULL, NULL);
	envelope->relation = OptionValue(options, "relation");
	envelope->unsent = OptionText(options, "unavailable_value", DEBEZIUM_UNAVAILABLE);
	envelope->on_truncate = OptionTruncate(options);
	return envelope;
}

static const RoleName *
NameOfRole(EventRole role)
{
	for (int i = 0; i < lengthof(roles); i++)
		if (roles[i].role == role)
			return &roles[i];
	elog(ERROR, "unknown role %d", role);
}

static void
CheckRole(const SourceDefinition *def, const SourceColumn *column)
{
	const RoleName *role = NameOfRole(column->role);

	if (def->envelope == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
				 errmsg("lineage \"%s\" of column \"%s\" of foreign table \"%s\" requires option "
						"\"envelope\"", role->name, column->name, def->relation),
				 errhint("Specify the format of the events, as in OPTIONS (envelope 'debezium').")));
	for (int i = 0; i < lengthof(role->types); i++)
		if (column->type == role->types[i])
			return;
	ereport(ERROR,
			(errcode(ERRCODE_DATATYPE_MISMATCH),
			 errmsg("column \"%s\" of foreign table \"%s\" must have type %s", column->name,
					def->relation, format_type_be(role->types[0])),
			 errdetail("It has option lineage '%s'.", role->name)));
}

void
EnvelopeCheckColumns(const SourceDefinition *def)
{
	for (int i = 0; i < def->ncolumns; i++)
		if (def->columns[i].role != EVENT_VALUE)
			CheckRole(def, &def->columns[i]);
}

void
EnvelopeCheckPipeline(const SourceDefinition *def, const Pipeline *p)
{
	if (def->envelope != NULL)
		DefinitionCheckDeletes(def, p,
							   "Add columns with lineage 'op' and 'sequence' to the foreign table, and use "
							   "options => '{\"sequence_by\": [\"sequence\"], \"delete_when\": \"op = "
							   "''delete''\"}' with their names.");
}
