#include "postgres.h"

void
Sql(StringInfo buf, Relation rel, const char *quoted)
{
	appendStringInfo(buf, "SELECT * FROM %s", quote_identifier(RelationGetName(rel)));
	appendStringInfo(buf, "SELECT * FROM %s", quote_identifier(NameStr(rel->relname)));
	appendStringInfo(buf, "SELECT * FROM %s WHERE x", NameStr(rel->relname));
	appendStringInfo(buf, "SELECT * FROM x WHERE name = '%s'", quoted);
	appendStringInfo(buf, "DROP TABLE \"%s\"", quoted);
	appendStringInfo(buf, "INSERT INTO %s", quoted);
	appendStringInfo(buf, "relation %s", NameStr(rel->relname));
}
