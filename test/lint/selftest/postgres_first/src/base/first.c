#include "base/first.h"

#include "postgres.h"
