/*
 * row_fault.h
 *	  Which errors a value brings about, so that only its row is rejected.
 */
#ifndef ELT_BASE_ROW_FAULT_H
#define ELT_BASE_ROW_FAULT_H

#include "postgres.h"

/* SQLSTATE classes 21, 22, 23 and 54, and syntax errors. */
extern bool IsRowFault(int sqlstate);

#endif
