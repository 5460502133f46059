/*
 * violation.c
 *	  Collect violations of checks by staged rows.
 */
#include "base/compat.h"
#include "check/violation.h"

#define FIRST_CAPACITY 64

Violations *
ViolationsBegin(void)
{
	Violations *v = palloc(sizeof(Violations));

	v->count = 0;
	v->capacity = FIRST_CAPACITY;
	v->all = palloc(sizeof(Violation) * v->capacity);
	return v;
}

void
ViolationsAdd(Violations *v, ItemPointer tid, int check, const char *error)
{
	if (v->count == v->capacity)
	{
		v->capacity *= 2;
		v->all = repalloc_huge(v->all, sizeof(Violation) * v->capacity);
	}
	v->all[v->count].tid = *tid;
	v->all[v->count].check = check;
	v->all[v->count++].error = error;
}

static int
Compare(const void *a, const void *b)
{
	Violation  *va = (Violation *) a;
	Violation  *vb = (Violation *) b;
	int32		order = ItemPointerCompare(&va->tid, &vb->tid);

	return order != 0 ? order : va->check - vb->check;
}

void
ViolationsSort(Violations *v)
{
	qsort(v->all, v->count, sizeof(Violation), Compare);
}
