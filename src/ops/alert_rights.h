/*
 * alert_rights.h
 *	  Who may define alerts and channels, and change those of others.
 */
#ifndef ELT_OPS_ALERT_RIGHTS_H
#define ELT_OPS_ALERT_RIGHTS_H

#include "postgres.h"
#include "catalog/alert.h"

extern void CheckMayDefineAlerts(void);
/* Error unless the current user may let something be done as owner. what: "alert \"a\"". */
extern void CheckMayDoAs(Oid owner, const char *what);

/* Errors when there is none. SPI must be connected. */
extern Alert *AlertNamed(const char *name);
extern AlertChannel *AlertChannelNamed(const char *name);

#endif
