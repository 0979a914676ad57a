/* SPDX-License-Identifier: ISC */
/*
 * sighting: what probe results are called and what they prove. Pure, so that the rules and the
 * reports may use it. It must never read "not sent", "prohibited" or "cut" as silence.
 */
#include "config.h"

#include "probe/probe.h"

const char *
probe_result_str(enum probe_result r)
{
	switch (r) {
	case PROBE_NOT_ASKED:
		return "not-asked";
	case PROBE_ANSWERED:
		return "answered";
	case PROBE_REFUSED:
		return "refused";
	case PROBE_SILENT:
		return "silent";
	case PROBE_PROHIBITED:
		return "prohibited";
	case PROBE_UNREACHABLE:
		return "unreachable";
	case PROBE_NOT_SENT:
		return "not-sent";
	case PROBE_CUT:
		return "cut";
	}
	return "?";
}

bool
probe_result_is_alive(enum probe_result r)
{
	return r == PROBE_ANSWERED || r == PROBE_REFUSED;
}

const char *
probe_method_str(enum probe_method m)
{
	switch (m) {
	case PROBE_PING:
		return "ping";
	case PROBE_SSH:
		return "ssh";
	case PROBE_CONNECT:
		return "connect";
	}
	return "?";
}

enum sighting_sum
sighting_sum(const struct sighting *s)
{
	const struct sighting_part *const parts[] = {&s->ping, &s->ssh, &s->connect};
	enum sighting_sum sum = SIGHTING_NOT_PROBED;
	bool doubt = false;
	size_t i;

	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		if (probe_result_is_alive(parts[i]->result))
			return SIGHTING_ALIVE;
		if (parts[i]->result == PROBE_NOT_ASKED)
			continue;
		if (parts[i]->result != PROBE_SILENT && parts[i]->result != PROBE_UNREACHABLE)
			doubt = true;
		sum = SIGHTING_SILENT;
	}
	if (s->ping.result != PROBE_NOT_ASKED && s->ping.tries == 0)
		doubt = true; /* silence after nothing was sent is not silence */
	return doubt ? SIGHTING_NOT_PROBED : sum;
}

const char *
sighting_sum_str(enum sighting_sum s)
{
	switch (s) {
	case SIGHTING_ALIVE:
		return "alive";
	case SIGHTING_SILENT:
		return "silent";
	case SIGHTING_NOT_PROBED:
		return "not-probed";
	}
	return "?";
}
