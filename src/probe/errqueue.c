/* SPDX-License-Identifier: ISC */
/*
 * errqueue: reads sock_extended_err. It hides control messages and socket addresses; it must
 * never trust a length that it did not check.
 */
#include "config.h"

#include <sys/socket.h>
#include <sys/time.h>
#include <linux/errqueue.h>
#include <netinet/in.h>
#include <string.h>

#include "probe/errqueue.h"

int
errqueue_enable(int fd, uint8_t family)
{
	const int on = 1;

	if (family == 6)
		return setsockopt(fd, IPPROTO_IPV6, IPV6_RECVERR, &on, sizeof(on));
	return setsockopt(fd, IPPROTO_IP, IP_RECVERR, &on, sizeof(on));
}

struct addr
errqueue_addr(const void *p, size_t len)
{
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
	struct addr a = {0};
	sa_family_t family;

	if (len < sizeof(family))
		return a;
	memcpy(&family, p, sizeof(family));
	if (family == AF_INET && len >= sizeof(v4)) {
		memcpy(&v4, p, sizeof(v4));
		a.family = 4;
		memcpy(a.b, &v4.sin_addr, 4);
	} else if (family == AF_INET6 && len >= sizeof(v6)) {
		memcpy(&v6, p, sizeof(v6));
		a.family = 6;
		memcpy(a.b, &v6.sin6_addr, 16);
	}
	return a;
}

bool
errqueue_decode(struct msghdr *m, struct errqueue_note *note)
{
	struct sock_extended_err ee;
	struct cmsghdr *c;
	size_t len;

	for (c = CMSG_FIRSTHDR(m); c != NULL; c = CMSG_NXTHDR(m, c)) {
		if (!((c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_RECVERR) ||
			(c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_RECVERR)) ||
		    c->cmsg_len < CMSG_LEN(sizeof(ee)) ||
		    /* glibc's CMSG_NXTHDR looks at the header, not at what it claims to carry */
		    c->cmsg_len > (size_t)((const char *)m->msg_control + m->msg_controllen -
					   (const char *)c))
			continue;
		len = c->cmsg_len - CMSG_LEN(0);
		memcpy(&ee, CMSG_DATA(c), sizeof(ee));
		if (ee.ee_origin != SO_EE_ORIGIN_ICMP && ee.ee_origin != SO_EE_ORIGIN_ICMP6)
			return false;
		note->type = ee.ee_type;
		note->code = ee.ee_code;
		note->os_error = (int32_t)ee.ee_errno;
		note->to = errqueue_addr(m->msg_name, m->msg_name == NULL ? 0 : m->msg_namelen);
		/* SO_EE_OFFENDER: the address follows at once */
		note->from = errqueue_addr(CMSG_DATA(c) + sizeof(ee), len - sizeof(ee));
		return true;
	}
	return false;
}

int
errqueue_read(int fd, struct errqueue_note *note)
{
	_Alignas(struct cmsghdr) char control[256];
	struct sockaddr_storage name;
	struct iovec v = {note->quote, sizeof(note->quote)};
	struct msghdr m = {.msg_name = &name,
	    .msg_namelen = sizeof(name),
	    .msg_iov = &v,
	    .msg_iovlen = 1,
	    .msg_control = control,
	    .msg_controllen = sizeof(control)};
	ssize_t n;

	n = recvmsg(fd, &m, MSG_ERRQUEUE | MSG_DONTWAIT);
	if (n < 0)
		return -1;
	note->quote_len = (size_t)n;
	return errqueue_decode(&m, note) ? 1 : 0;
}
