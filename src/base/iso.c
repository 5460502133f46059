/*
 * iso.c
 *	  Format times and intervals so that every session reads them alike.
 */
#include "base/compat.h"
#include "base/iso.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/date.h"
#include "utils/datetime.h"

static void
EncodeDate(DateADT date, char *buf)
{
	struct pg_tm tm;

	if (DATE_NOT_FINITE(date))
	{
		EncodeSpecialDate(date, buf);
		return;
	}
	j2date(date + POSTGRES_EPOCH_JDATE, &tm.tm_year, &tm.tm_mon, &tm.tm_mday);
	EncodeDateOnly(&tm, USE_ISO_DATES, buf);
}

static void
EncodeTimestamp(Timestamp time, char *buf)
{
	struct pg_tm tm;
	fsec_t		fsec;

	if (TIMESTAMP_NOT_FINITE(time))
	{
		EncodeSpecialTimestamp(time, buf);
		return;
	}
	if (timestamp2tm(time, NULL, &tm, &fsec, NULL, NULL) != 0)
		elog(ERROR, "timestamp out of range");
	EncodeDateTime(&tm, fsec, false, 0, NULL, USE_ISO_DATES, buf);
}

char *
IsoText(Datum value, Oid type)
{
	char		buf[MAXDATELEN + 1];

	switch (type)
	{
		case TIMESTAMPTZOID:
			return pstrdup(timestamptz_to_str(DatumGetTimestampTz(value)));
		case TIMESTAMPOID:
			EncodeTimestamp(DatumGetTimestamp(value), buf);
			return pstrdup(buf);
		case DATEOID:
			EncodeDate(DatumGetDateADT(value), buf);
			return pstrdup(buf);
		default:
			elog(ERROR, "type %u is not a time", type);
	}
}

char *
IntervalText(const Interval *interval)
{
	struct pg_itm itm;
	char		buf[MAXDATELEN + 1];

	interval2itm(*interval, &itm);
	EncodeInterval(&itm, INTSTYLE_POSTGRES, buf);
	return pstrdup(buf);
}
