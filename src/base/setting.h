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

/*
 * Statements within another one are planned for their own rows, not as that one was. Returns what
 * AtEOXact_GUC takes.
 */
static inline int
SettingsPlanFreely(void)
{
	static const char *const ways[] = {"enable_nestloop", "enable_hashjoin", "enable_mergejoin",
	"enable_material", "enable_memoize"};
	int			guc_level = NewGUCNestLevel();

	SettingSet("jit", "off");
	for (int i = 0; i < lengthof(ways); i++)
		SettingSet(ways[i], "on");
	return guc_level;
}

/*
 * Few rows are looked up in tables that many statements read, so that their pages are in memory: by an
 * index, where building a hash table of a large table would cost more. Returns what AtEOXact_GUC takes.
 */
static inline int
SettingsLookUp(void)
{
	int			guc_level = NewGUCNestLevel();

	SettingSet("random_page_cost", "0.1");
	return guc_level;
}

#endif
