/*
 * fake_network.c
 *	  Preloaded into the test server: a name server that hangs, and a public address that
 *	  leads to loopback.
 *
 *	  slow.test			resolves after a minute
 *	  late.test			resolves after a second
 *	  public.test		93.184.216.34, whose connections go to 127.0.0.1
 *	  mixed.test		93.184.216.34 and 10.0.0.1
 *	  rebound.test		10.0.0.1
 *	  turning.test		93.184.216.34, and 10.0.0.1 while the file that TURNING names exists
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dlfcn.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define PUBLIC_ADDRESS "93.184.216.34"

typedef int (*GetAddrInfo) (const char *, const char *, const struct addrinfo *,
							struct addrinfo **);
typedef int (*Connect) (int, const struct sockaddr *, socklen_t);

static GetAddrInfo
Real(void)
{
	return (GetAddrInfo) dlsym(RTLD_NEXT, "getaddrinfo");
}

int
getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
			struct addrinfo **result)
{
	if (node == NULL)
		return Real() (node, service, hints, result);
	if (strcmp(node, "slow.test") == 0)
	{
		sleep(60);
		return EAI_AGAIN;
	}
	if (strcmp(node, "late.test") == 0)
	{
		sleep(1);
		return Real() ("127.0.0.1", service, hints, result);
	}
	if (strcmp(node, "turning.test") == 0)
		node = access(getenv("TURNING"), F_OK) == 0 ? "rebound.test" : "public.test";
	if (strcmp(node, "rebound.test") == 0)
		return Real() ("10.0.0.1", service, hints, result);
	if (strcmp(node, "public.test") == 0)
		return Real() (PUBLIC_ADDRESS, service, hints, result);
	if (strcmp(node, "mixed.test") == 0)
	{
		struct addrinfo *second;
		int			rc = Real() ("10.0.0.1", service, hints, result);

		if (rc != 0)
			return rc;
		rc = Real() (PUBLIC_ADDRESS, service, hints, &second);
		if (rc != 0)
			return rc;
		(*result)->ai_next = second;
		return 0;
	}
	return Real() (node, service, hints, result);
}

int
connect(int fd, const struct sockaddr *address, socklen_t len)
{
	Connect		real = (Connect) dlsym(RTLD_NEXT, "connect");
	struct sockaddr_in moved;
	struct in_addr from;

	inet_pton(AF_INET, PUBLIC_ADDRESS, &from);
	if (address->sa_family != AF_INET ||
		((const struct sockaddr_in *) address)->sin_addr.s_addr != from.s_addr)
		return real(fd, address, len);
	moved = *(const struct sockaddr_in *) address;
	moved.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return real(fd, (struct sockaddr *) &moved, sizeof(moved));
}
