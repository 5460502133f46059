/*
 * setting.h
 *	  Set a parameter for as long as the caller's level of settings lasts.
 */
#ifndef ELT_BASE_SETTING_H
#define ELT_BASE_SETTING_H

#include "postgres.h"
#include "utils/guc.h"

/* Between NewGUCNestLevel and AtEOXact_GUC. */
static inline void
SettingSet(const char *name, const char *value)
{
	(void) set_config_option(name, value, PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0,
							 false);
}

#endif
