/*
 * csv_reader.h
 *	  Read records of a CSV text that arrives in chunks of any size.
 *
 * RFC 4180: a field in quotes may hold delimiters, line ends and doubled quotes; lines end with
 * LF, CRLF or CR, the last one with or without. Nothing is converted or thrown here: an invalid
 * record is CSV_FAULT, and reading continues with the next one, see CsvNext.
 */
#ifndef ELT_DECODE_CSV_READER_H
#define ELT_DECODE_CSV_READER_H

#include "postgres.h"
#include "decode/byte_source.h"

#define CSV_MAX_DELIMITER 16

typedef struct CsvDialect
{
	const char *delimiter;		/* one or several bytes; none: a record is its line */
	char		quote;			/* \0: there are no quoted fields */
	char		escape;			/* inside quotes, before a quote or another escape */
	char		comment;		/* a line that begins with it is no record; \0: none is */
	bool		has_bom;		/* a UTF-8 byte order mark comes first */
	bool		names_delimiter;	/* a first line such as sep=; says the delimiter */
	int			skip_lines;		/* that come before the first record, whatever they are */
} CsvDialect;

typedef enum CsvResult
{
	CSV_RECORD,
	CSV_FAULT,					/* this record is no CSV; see fault */
	CSV_TOO_LARGE,				/* this record outgrows the reader's memory: no way on */
	CSV_END
} CsvResult;

/* As in the page, without its quotes. */
typedef struct CsvField
{
	const char *text;
	size_t		len;
	bool		quoted;
	bool		escaped;		/* CsvUnescape makes its value */
	bool		absent;			/* of a sheet: its text is that of null */
	bool		error;			/* of a sheet: its text says what is wrong */
} CsvField;

/* The record that was read last; all of it is valid until the next call. */
typedef struct CsvRecord
{
	const char *text;			/* without its line end */
	size_t		len;
	int64		offset;			/* byte of the page, from 0 */
	int64		line;			/* on which it begins, from 1 */
	int64		number;			/* from 1, faulty records included */
	bool		plain;			/* no byte is \0 or above 0x7F */
	int			nfields;
	CsvField   *fields;
	const char *fault;			/* what is wrong, of CSV_FAULT */
	bool		has_errors;		/* of a sheet: a field is one */
} CsvRecord;

typedef struct CsvReader CsvReader;

/* Lives in the current context. memory bounds what one record may take. */
extern CsvReader *CsvReaderCreate(size_t memory);
extern void CsvReaderFree(CsvReader *reader);
extern void CsvReaderOpen(CsvReader *reader, const CsvDialect *dialect, ByteSource *source);

/* The delimiter that the page's first line names, or \0. */
extern char CsvNamedDelimiter(const CsvReader *reader);

/*
 * Read the next record. A record with an unexpected quote, or with text after a closing quote,
 * is invalid up to the end of that line; one with an unterminated quote is its first line.
 */
extern CsvResult CsvNext(CsvReader *reader, CsvRecord *record);

/* The value of a field: its text, or in memory valid until the next call. */
extern const char *CsvUnescape(CsvReader *reader, const CsvField *field, size_t *len);

#endif
