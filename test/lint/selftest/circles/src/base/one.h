#include "base/two.h"
