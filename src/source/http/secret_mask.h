/*
 * secret_mask.h
 *	  Secrets in texts become ***.
 */
#ifndef ELT_SOURCE_HTTP_SECRET_MASK_H
#define ELT_SOURCE_HTTP_SECRET_MASK_H

#include "postgres.h"
#include "nodes/pg_list.h"

typedef struct SecretParts SecretParts;

/* Add the parts of a secret; parts is NULL at first. In the current memory context. */
extern SecretParts *SecretPartsAdd(SecretParts *parts, const char *secret);

/* text, with *** where it holds one of secrets (char *) or a part of one; a copy. */
extern char *SecretMask(List *secrets, const SecretParts *parts, const char *text);

#endif
