/*
 * option_read.h
 *	  Read option values that have passed the validator.
 *
 * One that cannot be parsed any more is reported as the validator does.
 */
#ifndef ELT_SOURCE_OPTION_READ_H
#define ELT_SOURCE_OPTION_READ_H

#include "postgres.h"
#include "decode/envelope.h"
#include "nodes/pg_list.h"

/* The value of an option of this type, or what it is without the option. */
extern char *OptionText(List *options, const char *name, char *absent);
extern bool OptionBoolean(List *options, const char *name, bool absent);
extern int	OptionDuration(List *options, const char *name, int absent);	/* milliseconds */
extern int64 OptionBytes(List *options, const char *name, int64 absent);
/* Of option on_truncate. */
extern OnTruncate OptionTruncate(List *options);

#endif
