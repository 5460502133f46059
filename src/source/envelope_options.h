/*
 * envelope_options.h
 *	  The options of a foreign table whose records are events of change.
 */
#ifndef ELT_SOURCE_ENVELOPE_OPTIONS_H
#define ELT_SOURCE_ENVELOPE_OPTIONS_H

#include "postgres.h"
#include "nodes/pg_list.h"
#include "source/definition.h"

struct DecodeSpec;

/* Among the options (SourceOption) of a kind. */
#define ENVELOPE_OPTIONS \
	{"envelope", ForeignTableRelationId, CheckEnvelope, \
	"Valid values are 'debezium', 'debezium_flat' and 'maxwell'."}, \
	{"relation", ForeignTableRelationId, CheckRelation, \
	"Specify the table whose events are read, such as 'inventory.orders'."}, \
	{"on_truncate", ForeignTableRelationId, CheckOnTruncate, ON_TRUNCATE_HINT}, \
	{"unavailable_value", ForeignTableRelationId, CheckUnavailable, \
	"Specify the text that the connector sends in place of values, without quotes and backslashes."}

/* More values of column option lineage. */
#define EVENT_LINEAGES "'op', 'sequence', 'lsn', 'committed_at', 'xid' and 'unavailable'"

extern bool CheckEnvelope(const char *value, const char **detail);
extern bool CheckUnavailable(const char *value, const char **detail);
extern bool CheckEventLineage(const char *value);

/* Raise an error when options are those of an envelope that there is not. */
extern void EnvelopeOptionsCheck(List *options, bool is_json);
/* NULL: records are rows. */
extern EnvelopeSpec *EnvelopeRead(List *options);
/* Of a column with this option; NULL: it has none. */
extern EventRole EventRoleOf(const char *lineage);
/* Check the columns. */
extern void EnvelopeCheckColumns(const SourceDefinition *def);
/* Raise an error if the pipeline would not see deletes. */
extern void EnvelopeCheckPipeline(const SourceDefinition *def, const Pipeline *p);

#endif
