/*
 * csv_held.c
 *	  Hold records back until it is known that they are not the last ones of a page.
 *
 * A ring of copies, one more than are left out.
 */
#include "postgres.h"

#include "decode/csv_held.h"

#include "utils/memutils.h"

typedef struct HeldRecord
{
	CsvResult	result;
	CsvRecord	record;			/* which points into what follows */
	char	   *text;
	size_t		size;
	CsvField   *fields;
	int			maxfields;
} HeldRecord;

struct CsvHeld
{
	MemoryContext cxt;
	size_t		memory;
	size_t		used;
	bool		ended;
	int			nslots;
	int			first;			/* the oldest of those that are held */
	int			count;
	HeldRecord	slots[FLEXIBLE_ARRAY_MEMBER];
};

CsvHeld *
CsvHeldCreate(int footer, size_t memory)
{
	CsvHeld    *held = palloc0(offsetof(CsvHeld, slots) + (footer + 1) * sizeof(HeldRecord));

	held->cxt = CurrentMemoryContext;
	held->memory = memory;
	held->nslots = footer + 1;
	return held;
}

void
CsvHeldBegin(CsvHeld *held)
{
	held->ended = false;
	held->first = held->count = 0;
}

/* False: that is more than the memory. */
static bool
Reserve(CsvHeld *held, HeldRecord *slot, const CsvRecord *record)
{
	if (record->len > slot->size)
	{
		if (held->used - slot->size + record->len > held->memory)
			return false;
		held->used += record->len - slot->size;
		if (slot->text != NULL)
			pfree(slot->text);
		slot->text = NULL;
		slot->text = MemoryContextAllocHuge(held->cxt, record->len);
		slot->size = record->len;
	}
	if (record->nfields > slot->maxfields)
	{
		if (slot->fields != NULL)
			pfree(slot->fields);
		slot->fields = NULL;
		slot->fields = MemoryContextAllocHuge(held->cxt, record->nfields * sizeof(CsvField));
		slot->maxfields = record->nfields;
	}
	return true;
}

static void
Copy(HeldRecord *slot, const CsvRecord *record)
{
	slot->record = *record;
	if (record->len > 0)
		memcpy(slot->text, record->text, record->len);
	slot->record.text = slot->text;
	for (int i = 0; i < record->nfields; i++)
	{
		slot->fields[i] = record->fields[i];
		if (!record->fields[i].absent)
			slot->fields[i].text = slot->text + (record->fields[i].text - record->text);
	}
	slot->record.fields = slot->fields;
}

/* Read one more; false when there is none, or when *result is that it is too large. */
static bool
Hold(CsvHeld *held, CsvSource next, void *arg, CsvRecord *record, CsvResult *result)
{
	HeldRecord *slot = &held->slots[(held->first + held->count) % held->nslots];

	do
		*result = next(arg, record);
	while (*result == CSV_RECORD && record->len == 0);
	if (*result == CSV_FAULT)
		record->nfields = 0;
	if (*result == CSV_END || *result == CSV_TOO_LARGE)
		return false;
	if (!Reserve(held, slot, record))
	{
		*result = CSV_TOO_LARGE;
		return false;
	}
	slot->result = *result;
	Copy(slot, record);
	held->count++;
	return true;
}

CsvResult
CsvHeldNext(CsvHeld *held, CsvSource next, void *arg, CsvRecord *record)
{
	HeldRecord *slot;
	CsvResult	result;

	while (held->count < held->nslots)
	{
		if (held->ended)
			return CSV_END;
		if (Hold(held, next, arg, record, &result))
			continue;
		held->ended = true;
		return result;
	}
	slot = &held->slots[held->first];
	held->first = (held->first + 1) % held->nslots;
	held->count--;
	*record = slot->record;
	return slot->result;
}
