/*
 * json_string.h
 *	  Unescape JSON strings, and clip and repair UTF-8 text.
 */
#ifndef ELT_DECODE_JSON_STRING_H
#define ELT_DECODE_JSON_STRING_H

#include "postgres.h"

/*
 * Unescape a string whose escapes the reader has validated. out needs len bytes at most. False
 * for \u0000 and unpaired surrogates, which text cannot store.
 */
extern bool JsonUnescape(const char *raw, size_t len, char *out, size_t *out_len);

/* The longest part of s, at most limit bytes, that does not cut a character. */
extern size_t Utf8Clip(const char *s, size_t len, size_t limit);

/*
 * Copy into out, which needs 3 * len bytes, with U+FFFD for what is not UTF-8 or \0; returns the
 * length, and sets *changed when anything was replaced.
 */
extern size_t Utf8Repair(const char *s, size_t len, char *out, bool *changed);

#endif
