/*
 * name.h
 *	  Another file's sentence.
 */
