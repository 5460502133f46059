#include "postgres.h"

#include "base/three.h"
#include "base/two.h"
