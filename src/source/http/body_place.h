/*
 * body_place.h
 *	  Set a value at any place of a JSON request body.
 */
#ifndef ELT_SOURCE_HTTP_BODY_PLACE_H
#define ELT_SOURCE_HTTP_BODY_PLACE_H

#include "postgres.h"
#include "decode/path.h"

/*
 * body, a JSON object, with a string or number at path, which consists of members. What stands
 * there is replaced, and objects on the way that are absent or null are added. NULL: something
 * else is on the way.
 */
extern char *BodyPlaceSet(const char *body, const Path *path, const char *value, bool is_number);

#endif
