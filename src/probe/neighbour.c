/* SPDX-License-Identifier: ISC */
/*
 * neighbour: reads routes and the limits of the neighbour table. It hides rtnetlink and /proc.
 * When in doubt an address counts as attached: that costs time, the other error costs machines.
 */
#include "config.h"

#include <sys/ioctl.h>
#include <sys/socket.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "probe/neighbour.h"

/* The kernel's defaults, and what it spares. */
#define REACHABLE_MS 30000
#define DELAY_S	     5
#define SPARED_MS    5000
#define SETTING_MAX  3600000

/* The number in a file; 0 if there is none. */
static size_t
read_number(const char *path)
{
	unsigned long n = 0;
	FILE *f;

	f = fopen(path, "re");
	if (f == NULL)
		return 0;
	if (fscanf(f, "%lu", &n) != 1)
		n = 0;
	fclose(f);
	return n;
}

/* Interfaces without neighbours: loopback, tunnels, point to point. */
static bool
has_neighbours(int fd, int index)
{
	struct ifreq r;

	memset(&r, 0, sizeof(r));
	if (if_indextoname((unsigned)index, r.ifr_name) == NULL ||
	    ioctl(fd, SIOCGIFFLAGS, &r) != 0)
		return true;
	return (r.ifr_flags & (IFF_LOOPBACK | IFF_NOARP | IFF_POINTOPOINT)) == 0;
}

/* A setting of an interface's table; fallback if it cannot be read. */
static int64_t
read_setting(uint8_t family, int index, const char *setting, int64_t fallback)
{
	char path[128], name[IF_NAMESIZE];
	size_t n = 0;

	if (if_indextoname((unsigned)index, name) != NULL) {
		snprintf(path, sizeof(path), "/proc/sys/net/ipv%d/neigh/%s/%s", family, name,
		    setting);
		n = read_number(path);
	}
	return n == 0 || n > SETTING_MAX ? fallback : (int64_t)n;
}

/* How long this interface's entries stay: the longest counts. */
static void
take_hold(struct neighbour *nb, uint8_t family, int index)
{
	int64_t *hold = family == 6 ? &nb->hold6_ms : &nb->hold4_ms;
	const int64_t reachable_ms =
	    read_setting(family, index, "base_reachable_time_ms", REACHABLE_MS);
	const int64_t delay_s = read_setting(family, index, "delay_first_probe_time", DELAY_S);
	const int64_t hold_ms = reachable_ms * 3 / 2 + delay_s * 1000 + SPARED_MS;

	if (hold_ms > *hold)
		*hold = hold_ms;
}

/* One route; attached networks are added. */
static void
take_route(struct neighbour *nb, int fd, const struct nlmsghdr *h)
{
	const struct rtmsg *route = NLMSG_DATA(h);
	const struct rtattr *attr = RTM_RTA(route);
	int left = (int)RTM_PAYLOAD(h), index = 0;
	struct neighbour_net new = {0};

	if (route->rtm_type != RTN_UNICAST ||
	    (route->rtm_family != AF_INET && route->rtm_family != AF_INET6))
		return;
	new.prefix.a.family = route->rtm_family == AF_INET ? 4 : 6;
	new.prefix.bits = route->rtm_dst_len;
	for (; RTA_OK(attr, left); attr = RTA_NEXT(attr, left)) {
		switch (attr->rta_type) {
		case RTA_GATEWAY:
		case RTA_VIA:
		case RTA_MULTIPATH:
			return;
		case RTA_DST:
			if (RTA_PAYLOAD(attr) <= sizeof(new.prefix.a.b))
				memcpy(new.prefix.a.b, RTA_DATA(attr), RTA_PAYLOAD(attr));
			break;
		case RTA_OIF:
			memcpy(&index, RTA_DATA(attr), sizeof(index));
			break;
		default:
			break;
		}
	}
	if (!has_neighbours(fd, index))
		return;
	take_hold(nb, new.prefix.a.family, index);
	nb->nets = x_realloc(nb->nets, nb->n + 1, sizeof(*nb->nets));
	nb->nets[nb->n++] = new;
}

/* All routes of one family. 0 / -1. */
static int
read_routes(struct neighbour *nb, int fd, unsigned char family)
{
	struct {
		struct nlmsghdr h;
		struct rtmsg route;
	} ask = {.h = {.nlmsg_len = sizeof(ask),
		     .nlmsg_type = RTM_GETROUTE,
		     .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP},
	    .route = {.rtm_family = family}};
	_Alignas(struct nlmsghdr) char buf[32 * 1024];
	const struct nlmsghdr *h;
	ssize_t n;
	size_t left;

	if (send(fd, &ask, sizeof(ask), 0) != (ssize_t)sizeof(ask))
		return -1;
	for (;;) {
		n = recv(fd, buf, sizeof(buf), 0);
		if (n <= 0)
			return -1;
		left = (size_t)n;
		for (h = (const void *)buf; NLMSG_OK(h, left); h = NLMSG_NEXT(h, left)) {
			if (h->nlmsg_type == NLMSG_DONE)
				return 0;
			if (h->nlmsg_type == NLMSG_ERROR)
				return -1;
			if (h->nlmsg_type == RTM_NEWROUTE)
				take_route(nb, fd, h);
		}
	}
}

void
neighbour_read(struct neighbour *nb)
{
	int fd;

	memset(nb, 0, sizeof(*nb));
	nb->limit4 = read_number("/proc/sys/net/ipv4/neigh/default/gc_thresh3");
	nb->limit6 = read_number("/proc/sys/net/ipv6/neigh/default/gc_thresh3");
	fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	nb->unknown =
	    fd < 0 || read_routes(nb, fd, AF_INET) != 0 || read_routes(nb, fd, AF_INET6) != 0;
	if (nb->unknown) {
		take_hold(nb, 4, 0);
		take_hold(nb, 6, 0);
	}
	if (fd >= 0)
		close(fd);
}

void
neighbour_free(struct neighbour *nb)
{
	free(nb->nets);
	memset(nb, 0, sizeof(*nb));
}

bool
neighbour_count(struct neighbour *nb, const struct addr *a)
{
	bool attached = nb->unknown;
	size_t i;

	if (net_addr_is_loopback(a))
		return false;
	for (i = 0; i < nb->n; i++)
		if (net_prefix_has(&nb->nets[i].prefix, a)) {
			nb->nets[i].targets++;
			attached = true;
		}
	return attached;
}

/* The column table_fulls, hexadecimal, one line per CPU below a line of titles. */
static uint64_t
read_fulls(const char *path)
{
	char line[512], *field, *save;
	uint64_t sum = 0;
	int column = -1, i;
	FILE *f;

	f = fopen(path, "re");
	if (f == NULL)
		return 0;
	if (fgets(line, sizeof(line), f) != NULL)
		for (i = 0, field = strtok_r(line, " \n", &save); field != NULL;
		     i++, field = strtok_r(NULL, " \n", &save))
			if (strcmp(field, "table_fulls") == 0)
				column = i;
	while (column >= 0 && fgets(line, sizeof(line), f) != NULL) {
		field = strtok_r(line, " \n", &save);
		for (i = 0; field != NULL && i < column; i++)
			field = strtok_r(NULL, " \n", &save);
		if (field != NULL)
			sum += strtoull(field, NULL, 16);
	}
	fclose(f);
	return sum;
}

uint64_t
neighbour_table_fulls(void)
{
	return read_fulls("/proc/net/stat/arp_cache") +
	       read_fulls("/proc/net/stat/ndisc_cache");
}
