/*
 * text_source.h
 *	  The text of a page as UTF-8, where it is written in UTF-16 or UTF-32.
 *
 * A byte order mark at the beginning of a page says how its text is written, whatever is declared.
 * Text in another form than those two passes as it is.
 */
#ifndef ELT_DECODE_TEXT_SOURCE_H
#define ELT_DECODE_TEXT_SOURCE_H

#include "postgres.h"
#include "decode/byte_source.h"

typedef enum TextForm
{
	TEXT_BYTES,					/* in an encoding that is known otherwise */
	TEXT_UTF8,
	TEXT_UTF16,					/* in the order that the page's mark says */
	TEXT_UTF16LE,
	TEXT_UTF16BE,
	TEXT_UTF32,
	TEXT_UTF32LE,
	TEXT_UTF32BE
} TextForm;

/* What converted text has in place of something that is no character: no UTF-8 has this byte. */
#define TEXT_INVALID '\xFF'

typedef struct TextSource TextSource;

/* "UTF16LE", "utf-32" and the like; false: it is none of those that are converted. */
extern bool TextFormByName(const char *name, TextForm *form);
extern const char *TextFormName(TextForm form);

/* In the current memory context. */
extern TextSource *TextSourceCreate(void);

/*
 * Begin a page, which has the declared form unless its mark says otherwise. The result belongs to the
 * TextSource. A mark of UTF-8 is left in the text, the others are not.
 */
extern ByteSource *TextSourceOpen(TextSource *t, ByteSource *bytes, TextForm declared);

/* The form of the page that is open; looks for its mark. */
extern TextForm TextSourceForm(TextSource *t);

#endif
