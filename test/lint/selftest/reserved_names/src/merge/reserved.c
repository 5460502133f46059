#include "postgres.h"

static const char *const reserved[] = {"_run_id"};
