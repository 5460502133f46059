/*
 * constraint_text.h
 *	  Checks that are written like table constraints: UNIQUE (a, b), FOREIGN KEY (a) REFERENCES t (b).
 */
#ifndef ELT_CHECK_CONSTRAINT_TEXT_H
#define ELT_CHECK_CONSTRAINT_TEXT_H

#include "postgres.h"
#include "nodes/parsenodes.h"

/* Does the text begin with this reserved word? Then it is no boolean expression. */
extern bool BeginsWithKeyword(const char *text, const char *keyword);
/*
 * Where the last of two words in a row stand, outside of quotes as a user would write them; NULL when
 * they do not.
 */
extern const char *LastWords(const char *text, const char *first, const char *second);
/* NULL when the text is not one constraint; a syntax error refers to the text. */
extern Constraint *ConstraintParse(const char *text);

/* The text before these words, where nothing follows them; NULL: they are not its end. */
extern char *WithoutLastWords(const char *text, const char *first, const char *second);

#endif
