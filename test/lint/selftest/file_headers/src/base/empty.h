/*
 * empty.h
 */
