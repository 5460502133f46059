/*
 * shred.c
 *	  Rows of PostgreSQL as columns of a Parquet file.
 *
 * A value takes as many definition levels as there are fields above it that can be absent: every
 * column, element and field is optional, and an array is repeated besides.
 */
#include "base/compat.h"
#include "sink/shred.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "sink/value_text.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

/* As much of a value as an error shows. */
#define SHOWN_BYTES 100

static ShredNode *NodeFor(Shredder *shredder, const char *label, const char *name, Oid type,
						  int32 typmod, int rep);

/* ---- values ---- */

static void
Unrepresentable(Shredder *shredder, ShredNode *node, Datum value)
{
	char	   *text;

	if (shredder->is_lenient)
	{
		node->nulled++;
		return;
	}
	text = ValueText(node->type, value);
	ereport(ERROR,
			(errcode(ERRCODE_DATA_EXCEPTION),
			 errmsg("value \"%s\" of column \"%s\" cannot be written to Parquet",
					pnstrdup(text, pg_mbcliplen(text, strlen(text), SHOWN_BYTES)), node->label),
			 errdetail_internal("%s", node->problem),
			 errhint("Exclude or convert it in the query, or set on_unrepresentable to 'null'.")));
}

void
ShredValue(Shredder *shredder, ShredNode *node, Datum value, bool isnull, int rep, int def)
{
	if (!isnull)
	{
		if (node->put(node, value, rep, def + 1))
			return;
		Unrepresentable(shredder, node, value);
	}
	for (int i = 0; i < node->nleaves; i++)
		ParquetPutNull(node->leaves[i], rep, def);
}

void
ShredRow(Shredder *shredder, const Datum *values, const bool *nulls)
{
	for (int i = 0; i < shredder->ncolumns; i++)
		ShredValue(shredder, shredder->columns[i], values[i], nulls[i], 0, 0);
}

/* A list that is there, but has no element, ends at its own level. */
static bool
PutArray(ShredNode *node, Datum value, int rep, int def)
{
	ArrayType  *array = DatumGetArrayTypeP(value);
	Datum	   *elements;
	bool	   *nulls;
	int			n;

	if (ARR_NDIM(array) > 1 || (ARR_NDIM(array) == 1 && ARR_LBOUND(array)[0] != 1))
		return false;
	deconstruct_array(array, ARR_ELEMTYPE(array), node->element_len, node->element_byval,
					  node->element_align, &elements, &nulls, &n);
	for (int i = 0; i < node->nleaves && n == 0; i++)
		ParquetPutNull(node->leaves[i], rep, def);
	for (int i = 0; i < n; i++)
		ShredValue(node->shredder, node->element, elements[i], nulls[i], i == 0 ? rep : node->rep,
				   def + 1);
	return true;
}

static bool
PutComposite(ShredNode *node, Datum value, int rep, int def)
{
	HeapTupleHeader header = DatumGetHeapTupleHeader(value);
	HeapTupleData tuple = {.t_len = HeapTupleHeaderGetDatumLength(header), .t_data = header};
	Datum	   *values = palloc(sizeof(Datum) * node->desc->natts);
	bool	   *nulls = palloc(sizeof(bool) * node->desc->natts);

	ItemPointerSetInvalid(&tuple.t_self);
	heap_deform_tuple(&tuple, node->desc, values, nulls);
	for (int i = 0; i < node->nmembers; i++)
		ShredValue(node->shredder, node->members[i], values[node->attributes[i]],
				   nulls[node->attributes[i]], rep, def);
	return true;
}

/* ---- schema ---- */

static WrittenField *
FieldNamed(const char *name, ParquetRepetition repetition, int nchildren)
{
	WrittenField *field = palloc0(sizeof(WrittenField));

	field->name = Utf8Of(name);
	field->repetition = repetition;
	field->converted = PARQUET_NOT_CONVERTED;
	field->nchildren = nchildren;
	field->children = palloc0(sizeof(WrittenField *) * nchildren);
	return field;
}

static void
SetArray(Shredder *shredder, ShredNode *node, Oid element, int rep)
{
	WrittenField *field = node->field;
	WrittenField *list = FieldNamed("list", PARQUET_REPEATED, 1);

	node->put = PutArray;
	node->problem = "Lists of Parquet have one dimension, and their first element has number 1.";
	node->rep = rep + 1;
	get_typlenbyvalalign(element, &node->element_len, &node->element_byval,
						 &node->element_align);
	node->element = NodeFor(shredder, node->label, "element", element, node->typmod, rep + 1);
	list->children[0] = node->element->field;
	field->nchildren = 1;
	field->children = palloc(sizeof(WrittenField *));
	field->children[0] = list;
	field->converted = PARQUET_CONVERTED_LIST;
	field->logical = PARQUET_LOGICAL_LIST;
}

static void
SetComposite(Shredder *shredder, ShredNode *node, int rep)
{
	TupleDesc	desc = lookup_rowtype_tupdesc_copy(node->type, node->typmod);
	WrittenField *field = node->field;

	node->put = PutComposite;
	node->desc = desc;
	node->members = palloc0(sizeof(ShredNode *) * desc->natts);
	node->attributes = palloc0(sizeof(int) * desc->natts);
	field->children = palloc0(sizeof(WrittenField *) * desc->natts);
	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, i);
		ShredNode  *member;

		if (att->attisdropped)
			continue;
		member = NodeFor(shredder, psprintf("%s.%s", node->label, NameStr(att->attname)),
						 NameStr(att->attname), att->atttypid, att->atttypmod, rep);
		node->attributes[node->nmembers] = i;
		field->children[node->nmembers] = member->field;
		node->members[node->nmembers++] = member;
	}
	field->nchildren = node->nmembers;
	if (node->nmembers == 0)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("column \"%s\" of type %s cannot be written to Parquet", node->label,
						format_type_be(node->type)),
				 errdetail("The type has no fields.")));
}

static bool
IsComposite(Oid type, int32 typmod)
{
	return get_typtype(type) == TYPTYPE_COMPOSITE || (type == RECORDOID && typmod >= 0);
}

static ShredNode *
NodeFor(Shredder *shredder, const char *label, const char *name, Oid type, int32 typmod, int rep)
{
	ShredNode  *node = palloc0(sizeof(ShredNode));
	Oid			element;

	check_stack_depth();
	node->shredder = shredder;
	node->label = label;
	node->typmod = typmod;
	node->type = getBaseTypeAndTypmod(type, &node->typmod);
	node->field = FieldNamed(name, PARQUET_OPTIONAL, 0);
	node->first_leaf = shredder->nleaves;
	element = get_element_type(node->type);
	if (OidIsValid(element))
		SetArray(shredder, node, element, rep);
	else if (IsComposite(node->type, node->typmod))
		SetComposite(shredder, node, rep);
	else
	{
		ShredSetScalar(node, shredder->is_lenient);
		shredder->nleaves++;
	}
	node->nleaves = shredder->nleaves - node->first_leaf;
	return node;
}

Shredder *
ShredderFor(TupleDesc desc, bool is_lenient)
{
	Shredder   *shredder = palloc0(sizeof(Shredder));

	shredder->is_lenient = is_lenient;
	shredder->ncolumns = desc->natts;
	shredder->columns = palloc0(sizeof(ShredNode *) * desc->natts);
	shredder->root = FieldNamed("schema", PARQUET_REQUIRED, desc->natts);
	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, i);
		char	   *name = pstrdup(NameStr(att->attname));

		shredder->columns[i] = NodeFor(shredder, name, name, att->atttypid, att->atttypmod, 0);
		shredder->root->children[i] = shredder->columns[i]->field;
	}
	return shredder;
}

/* ---- files ---- */

static void
SetLeaves(ShredNode *node, ColumnWriter **leaves)
{
	node->leaves = leaves + node->first_leaf;
	if (node->element != NULL)
		SetLeaves(node->element, leaves);
	for (int i = 0; i < node->nmembers; i++)
		SetLeaves(node->members[i], leaves);
}

void
ShredderSetFile(Shredder *shredder, ParquetWriter *writer)
{
	ColumnWriter **leaves = palloc(sizeof(ColumnWriter *) * shredder->nleaves);

	for (int i = 0; i < shredder->nleaves; i++)
		leaves[i] = ParquetWriterColumn(writer, i);
	for (int i = 0; i < shredder->ncolumns; i++)
		SetLeaves(shredder->columns[i], leaves);
}

static void
TellNulled(const ShredNode *node)
{
	if (node->nulled > 0)
		ereport(WARNING,
				(errcode(ERRCODE_WARNING),
				 errmsg_plural("%lld value of column \"%s\" was written as null",
							   "%lld values of column \"%s\" were written as null",
							   (unsigned long) node->nulled, (long long) node->nulled,
							   node->label),
				 errdetail_internal("%s", node->problem)));
	if (node->element != NULL)
		TellNulled(node->element);
	for (int i = 0; i < node->nmembers; i++)
		TellNulled(node->members[i]);
}

void
ShredderTellNulled(const Shredder *shredder)
{
	for (int i = 0; i < shredder->ncolumns; i++)
		TellNulled(shredder->columns[i]);
}
