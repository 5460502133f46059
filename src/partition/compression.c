/*
 * compression.c
 *	  What was done to a partition that is compressed, as the ledger keeps it.
 */
#include "base/compat.h"
#include "partition/compression.h"

#include "base/sql.h"

char *
CompressionText(const Compression *c)
{
	Sql			q;

	SqlBegin(&q, "select jsonb_build_object('form', $7, 'order_by', $1, 'indexes', $2, "
			 "'brins', $3, 'rows', $4, 'bytes_before', $5, 'bytes_after', $6)::text");
	SqlAddTextArray(&q, c->order_by);
	SqlAddTextArray(&q, c->indexes);
	SqlAddTextArray(&q, c->brins);
	SqlAddInt8(&q, c->rows);
	SqlAddInt8(&q, c->bytes_before);
	SqlAddInt8(&q, c->bytes_after);
	SqlAddText(&q, c->form);
	return SqlDoText(&q, AsCatalog());
}

Compression *
CompressionOf(const char *text)
{
	Compression *c = palloc0(sizeof(Compression));
	Sql			q;

	SqlBegin(&q, "select array(select jsonb_array_elements_text(c->'order_by')), "
			 "array(select jsonb_array_elements_text(c->'indexes')), "
			 "array(select jsonb_array_elements_text(c->'brins')), (c->>'rows')::int8, "
			 "(c->>'bytes_before')::int8, (c->>'bytes_after')::int8, c->>'form' from (values ($1)) v(c)");
	SqlAddJsonb(&q, text);
	SqlRun(&q, AsCatalog());
	c->order_by = SqlTextArray(&q, 0, 1);
	c->indexes = SqlTextArray(&q, 0, 2);
	c->brins = SqlTextArray(&q, 0, 3);
	c->rows = SqlInt8(&q, 0, 4, NULL);
	c->bytes_before = SqlInt8(&q, 0, 5, NULL);
	c->bytes_after = SqlInt8(&q, 0, 6, NULL);
	c->form = SqlText(&q, 0, 7);
	SqlDone(&q);
	return c;
}
