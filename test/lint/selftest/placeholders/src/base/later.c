#include "postgres.h"

#if 0
/* TODO: more */
#endif
