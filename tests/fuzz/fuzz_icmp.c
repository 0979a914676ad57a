/* SPDX-License-Identifier: ISC */
/*
 * fuzz_icmp: any bytes from the network as a reply and as a quote.
 *
 * Byte 0 chooses family and form; the rest is the datagram. What is recognised must carry the
 * very request that we would have sent: it is built again and compared.
 */
#include <stdint.h>
#include <string.h>

#include "base/fault.h"
#include "probe/icmp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_same(const uint8_t *p, const struct siphash_key *key, const struct addr *a,
    const struct icmp_echo *echo)
{
	uint8_t want[ICMP_ECHO_SIZE];

	icmp_echo_build(want, key, a, echo, 0, 0);
	BUG_ON(memcmp(p + 8, want + 8, 13) != 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct siphash_key key; /* zeros: so that a corpus file can be right */
	struct addr a = {.family = 4, .b = {192, 0, 2, 1}};
	enum icmp_form form;
	struct icmp_echo echo;
	const uint8_t *icmp;

	if (size == 0)
		return 0;
	if (data[0] & 1)
		a.family = 6;
	form = data[0] & 2 ? ICMP_FORM_RAW : ICMP_FORM_PLAIN;
	data++;
	size--;
	if (icmp_reply_match(data, size, form, &key, &a, &echo)) {
		icmp = data;
		if (form == ICMP_FORM_RAW && a.family == 4)
			icmp += (size_t)(data[0] & 15) * 4;
		BUG_ON(icmp + ICMP_ECHO_SIZE > data + size);
		check_same(icmp, &key, &a, &echo);
	}
	if (icmp_quote_match(data, size, &key, &a, &echo))
		check_same(data, &key, &a, &echo);
	if (size >= 2)
		(void)icmp_error_said(a.family, data[0], data[1]);
	(void)icmp_checksum(data, size);
	return 0;
}
