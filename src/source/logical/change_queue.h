/*
 * change_queue.h
 *	  Messages that have been received and are not read yet, in order.
 */
#ifndef ELT_SOURCE_LOGICAL_CHANGE_QUEUE_H
#define ELT_SOURCE_LOGICAL_CHANGE_QUEUE_H

#include "postgres.h"

typedef struct ChangeQueue ChangeQueue;

/* In the current memory context. */
extern ChangeQueue *ChangeQueueCreate(void);
/* kind is a letter of the caller's. */
extern void ChangeQueueAdd(ChangeQueue *q, char kind, const char *message, size_t len);
/* The next one, valid until the next call of a function of the queue; NULL: it is empty. */
extern const char *ChangeQueueNext(ChangeQueue *q, char *kind, size_t *len);
/* Bytes in it. */
extern size_t ChangeQueueBytes(const ChangeQueue *q);

#endif
