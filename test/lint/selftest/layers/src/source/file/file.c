#include "postgres.h"

#include "source/file/file_glob.h"
#include "source/http/http.h"
