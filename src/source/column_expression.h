/*
 * column_expression.h
 *	  The expression from which the values of a column are computed: its text, and what it means.
 */
#ifndef ELT_SOURCE_COLUMN_EXPRESSION_H
#define ELT_SOURCE_COLUMN_EXPRESSION_H

#include "postgres.h"
#include "nodes/primnodes.h"
#include "source/definition.h"

/* Of an external parameter: the column's own text, as the expression calls it. */
#define VALUE_NAME "value"
#define VALUE_PARAM 1

/*
 * Raise an error when the text can be no expression of a column, as far as can be told without
 * the table.
 */
extern bool CheckColumnExpression(const char *value, const char **detail);

/* Does it refer to the column's own text? */
extern bool ColumnExpressionUsesValue(const char *text);

/*
 * The planned expression, of the column's type, over the row of the table and VALUE_PARAM. Raises
 * an error when the table does not allow it. The current user is the table's owner.
 */
extern Expr *ColumnExpressionAnalyse(const SourceDefinition *def, const SourceColumn *column);

#endif
