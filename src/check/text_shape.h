/*
 * text_shape.h
 *	  Find the regular expression that most of a number of texts match: runs of capitals, of small
 *	  letters and of digits with their lengths, and other characters as they are.
 */
#ifndef ELT_CHECK_TEXT_SHAPE_H
#define ELT_CHECK_TEXT_SHAPE_H

#include "postgres.h"

typedef struct TextShapes TextShapes;

extern TextShapes *TextShapesBegin(void);
extern void TextShapesAdd(TextShapes *shapes, const char *text, int length);
/* The pattern of the most frequent shape, and its share; NULL when it is not that of most texts. */
extern char *TextShapesPattern(TextShapes *shapes, double *share);

#endif
