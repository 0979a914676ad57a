/* SPDX-License-Identifier: ISC */
/*
 * flood TARGET ASKED OTHERS: as much ICMP to TARGET as goes, until standard input ends. ASKED and OTHERS are networks of
 * 256 addresses (10.77.2.0) that the packets seem to come from: answers that nobody sent a question for, forged answers
 * and errors of machines that are asked and silent, and pings. Prints "ready" once it pours, and at the end how many.
 */
#include <arpa/inet.h>
#include <sys/socket.h>
#include <err.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BATCH 64

struct packet {
	struct iphdr ip;
	struct icmphdr icmp;
	uint8_t data[sizeof(struct iphdr) + sizeof(struct icmphdr) + 16];
};

static uint16_t
checksum(const void *p, size_t len)
{
	const uint8_t *b = p;
	uint32_t sum = 0;

	for (size_t i = 0; i + 1 < len; i += 2)
		sum += (uint32_t)b[i] << 8 | b[i + 1];
	while (sum >> 16 != 0)
		sum = (sum & 0xffff) + (sum >> 16);
	return htons((uint16_t)~sum);
}

static void
ip_fill(struct iphdr *ip, uint32_t from, uint32_t to, size_t len)
{
	*ip = (struct iphdr){.version = 4,
	    .ihl = 5,
	    .tot_len = htons((uint16_t)len),
	    .ttl = 64,
	    .protocol = IPPROTO_ICMP,
	    .saddr = from,
	    .daddr = to};
	ip->check = checksum(ip, sizeof(*ip));
}

/* The k-th packet of the flood. */
static void
fill(struct packet *p, unsigned k, uint32_t target, uint32_t asked, uint32_t others)
{
	const uint32_t host = htonl(k / 4 % 256);
	struct icmphdr quoted = {.type = ICMP_ECHO};
	struct iphdr about;
	uint32_t from = others | host;

	memset(p, 0, sizeof(*p));
	for (size_t i = 0; i < sizeof(p->data); i++)
		p->data[i] = (uint8_t)rand();
	p->icmp.un.echo.id = (uint16_t)rand();
	p->icmp.un.echo.sequence = (uint16_t)(k % 3);
	switch (k % 4) {
	case 0:
		p->icmp.type = ICMP_ECHOREPLY;
		break;
	case 1:
		p->icmp.type = ICMP_ECHOREPLY;
		from = asked | host;
		break;
	case 2:
		p->icmp.type = ICMP_DEST_UNREACH;
		p->icmp.code = ICMP_PORT_UNREACH;
		p->icmp.un.gateway = 0;
		from = asked | host;
		ip_fill(&about, target, asked | host, sizeof(about) + sizeof(quoted) + 16);
		quoted.un.echo.id = (uint16_t)rand();
		memcpy(p->data, &about, sizeof(about));
		memcpy(p->data + sizeof(about), &quoted, sizeof(quoted));
		break;
	case 3:
		p->icmp.type = ICMP_ECHO;
		break;
	}
	ip_fill(&p->ip, from, target, sizeof(*p));
	p->icmp.checksum = checksum(&p->icmp, sizeof(*p) - sizeof(p->ip));
}

int
main(int argc, char **argv)
{
	static struct packet packets[BATCH];
	static struct iovec iov[BATCH];
	static struct mmsghdr m[BATCH];
	struct sockaddr_in to = {.sin_family = AF_INET};
	struct pollfd in = {.fd = STDIN_FILENO, .events = POLLIN};
	struct in_addr asked, others;
	unsigned k = 0;
	uint64_t sent = 0;
	int fd, n;

	if (argc != 4 || inet_pton(AF_INET, argv[1], &to.sin_addr) != 1 ||
	    inet_pton(AF_INET, argv[2], &asked) != 1 ||
	    inet_pton(AF_INET, argv[3], &others) != 1)
		errx(1, "usage: flood TARGET ASKED OTHERS");
	fd = socket(AF_INET, SOCK_RAW, IPPROTO_RAW);
	if (fd < 0)
		err(1, "socket");
	do {
		for (int i = 0; i < BATCH; i++) {
			fill(&packets[i], k++, to.sin_addr.s_addr, asked.s_addr, others.s_addr);
			iov[i] = (struct iovec){&packets[i], sizeof(packets[i])};
			m[i].msg_hdr = (struct msghdr){.msg_name = &to,
			    .msg_namelen = sizeof(to),
			    .msg_iov = &iov[i],
			    .msg_iovlen = 1};
		}
		n = sendmmsg(fd, m, BATCH, 0);
		if (n > 0 && sent == 0) {
			puts("ready");
			fflush(stdout);
		}
		sent += n > 0 ? (uint64_t)n : 0;
	} while (poll(&in, 1, 0) == 0);
	printf("%llu packets\n", (unsigned long long)sent);
	return 0;
}
