/*
 * address.h
 *	  Distinguish public from private addresses.
 */
#ifndef ELT_TRANSPORT_ADDRESS_H
#define ELT_TRANSPORT_ADDRESS_H

#include "postgres.h"
#include <sys/socket.h>

/* False for private, loopback, link-local, metadata, unspecified, multicast, reserved. */
extern bool AddressIsPublic(const struct sockaddr *address);

/* "10.0.0.1" or "fe80::1" into text, which is at least INET6_ADDRSTRLEN long. */
extern void AddressText(const struct sockaddr *address, char *text, size_t size);

#endif
