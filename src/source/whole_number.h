/*
 * whole_number.h
 *	  Whole numbers in any form that JSON has for them: 8, 8.0, 8e0.
 */
#ifndef ELT_SOURCE_WHOLE_NUMBER_H
#define ELT_SOURCE_WHOLE_NUMBER_H

#include "postgres.h"

/* False when the text is no number, not exactly whole, or none that fits. */
extern bool ParseWholeNumber(const char *text, int64 *number);

#endif
