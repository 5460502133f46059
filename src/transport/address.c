/*
 * address.c
 *	  Address ranges of the IANA special-purpose registries.
 *
 * Called from inside libcurl: nothing here allocates or throws. An IPv6 address with an embedded
 * IPv4 address is classified by the latter.
 */
#include "base/compat.h"
#include "transport/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>

typedef struct Range
{
	uint8		prefix[16];
	int			bits;
} Range;

static const Range private_v4[] = {
	{{0}, 8},					/* this network; 0.0.0.0 reaches loopback */
	{{10}, 8},
	{{100, 64}, 10},			/* carrier NAT, and one cloud's metadata */
	{{127}, 8},
	{{168, 63, 129, 16}, 32},	/* a cloud's host agent, on a public number */
	{{169, 254}, 16},			/* link-local, metadata */
	{{172, 16}, 12},
	{{192, 0, 0}, 24},
	{{192, 0, 2}, 24},			/* documentation */
	{{192, 88, 99}, 24},
	{{192, 168}, 16},
	{{198, 18}, 15},			/* benchmarks */
	{{198, 51, 100}, 24},
	{{203, 0, 113}, 24},
	{{224}, 4},					/* multicast */
	{{240}, 4},					/* reserved, broadcast */
};

static const Range private_v6[] = {
	{{0}, 96},					/* unspecified, loopback, IPv4-compatible */
	{{0x00, 0x64, 0xff, 0x9b, 0x00, 0x01}, 48}, /* local NAT64 */
	{{0x01}, 64},				/* discard */
	{{0x20, 0x01, 0x00, 0x00}, 23}, /* protocol assignments, Teredo */
	{{0x20, 0x01, 0x0d, 0xb8}, 32}, /* documentation */
	{{0xfc}, 7},				/* unique local */
	{{0xfe, 0x80}, 10},			/* link-local */
	{{0xfe, 0xc0}, 10},			/* site-local */
	{{0xff}, 8},				/* multicast */
};

typedef struct Carrier
{
	Range		range;
	int			offset;			/* of the IPv4 address */
} Carrier;

static const Carrier carriers[] = {
	{{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}, 96}, 12}, /* IPv4-mapped */
	{{{0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}, 96}, 12},	/* IPv4-translated */
	{{{0x00, 0x64, 0xff, 0x9b}, 96}, 12},	/* NAT64 */
	{{{0x20, 0x02}, 16}, 2},	/* 6to4 */
};

static bool
InRange(const uint8 *address, const Range *range)
{
	int			whole = range->bits / 8;
	int			rest = range->bits % 8;
	uint8		mask = (uint8) (0xff << (8 - rest));

	if (memcmp(address, range->prefix, whole) != 0)
		return false;
	return rest == 0 || (address[whole] & mask) == (range->prefix[whole] & mask);
}

static bool
IsPublicV4(const uint8 *address)
{
	int			i;

	for (i = 0; i < lengthof(private_v4); i++)
		if (InRange(address, &private_v4[i]))
			return false;
	return true;
}

static bool
IsPublicV6(const uint8 *address)
{
	int			i;

	for (i = 0; i < lengthof(carriers); i++)
		if (InRange(address, &carriers[i].range))
			return IsPublicV4(address + carriers[i].offset);
	for (i = 0; i < lengthof(private_v6); i++)
		if (InRange(address, &private_v6[i]))
			return false;
	return true;
}

bool
AddressIsPublic(const struct sockaddr *address)
{
	if (address->sa_family == AF_INET)
		return IsPublicV4((const uint8 *) &((const struct sockaddr_in *) address)->sin_addr);
	if (address->sa_family == AF_INET6)
		return IsPublicV6((const uint8 *) &((const struct sockaddr_in6 *) address)->sin6_addr);
	return false;
}

void
AddressText(const struct sockaddr *address, char *text, size_t size)
{
	const void *bytes = NULL;

	if (address->sa_family == AF_INET)
		bytes = &((const struct sockaddr_in *) address)->sin_addr;
	else if (address->sa_family == AF_INET6)
		bytes = &((const struct sockaddr_in6 *) address)->sin6_addr;
	if (bytes == NULL || inet_ntop(address->sa_family, bytes, text, size) == NULL)
		strlcpy(text, "unknown address type", size);
}
