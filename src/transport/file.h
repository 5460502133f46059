/*
 * file.h
 *	  The transport for URLs of scheme "file".
 */
#ifndef ELT_TRANSPORT_FILE_H
#define ELT_TRANSPORT_FILE_H

extern void FileTransportInit(void);	/* from _PG_init */

#endif
