/*
 * secret_mask.h
 *	  Mask secrets in text with ***.
 */
#ifndef ELT_SOURCE_HTTP_SECRET_MASK_H
#define ELT_SOURCE_HTTP_SECRET_MASK_H

#include "postgres.h"
#include "nodes/pg_list.h"

typedef struct SecretParts SecretParts;

/* Add the parts of a secret; parts is NULL at first. In the current memory context. */
extern SecretParts *SecretPartsAdd(SecretParts *parts, const char *secret);

/* A copy of text with secrets (char *) and parts of them replaced by ***. */
extern char *SecretMask(List *secrets, const SecretParts *parts, const char *text);

#endif
