#include "postgres.h"

#include "source/http/http.h"
