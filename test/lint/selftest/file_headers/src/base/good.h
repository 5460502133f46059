/*
 * good.h
 *	  What a good header says.
 */
