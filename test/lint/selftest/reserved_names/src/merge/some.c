#include "postgres.h"

/* _unheard_of is no column here. */
const char *sql = "SELECT s._run_id, 1 AS _secret\n\tFROM _again AS s";
