#include "postgres.h"

#include "base/low.h"
#include "catalog/pg_type.h"
#include "high.h"
#include "worker/high.h"
