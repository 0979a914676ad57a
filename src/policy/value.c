/* SPDX-License-Identifier: ISC */
/*
 * value: reading, checking and writing values by their type. Pure.
 */
#include <stdio.h>
#include <string.h>

#include "base/net.h"
#include "base/units.h"
#include "policy/value.h"

#define NUMBER_SIZE 32

static const char *const days[7] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
static const char *const ssh_words[] = {"always", "when-silent", "never"};
static const char *const persistent_words[] = {"keep", "allow"};
static const char *const dialect_words[] = {"auto", "opennebula", "stratuslab"};
static const char *const end_words[] = {"kill", "shutdown"};

static const char *const *
choices(const struct key *k)
{
	if (k->type == KEY_END)
		return end_words;
	return k->type == KEY_SSH	   ? ssh_words
	       : k->type == KEY_PERSISTENT ? persistent_words
					   : dialect_words;
}

/* The number as it would stand in the file. */
static char *
number_str(const struct key *k, int64_t n, char buf[static NUMBER_SIZE])
{
	long long whole = n / 100, rest = n % 100;

	switch (k->type) {
	case KEY_BOOL:
		snprintf(buf, NUMBER_SIZE, "%s", n ? "yes" : "no");
		break;
	case KEY_SECONDS:
	case KEY_LIMITS:
		units_duration_str(buf, NUMBER_SIZE, n * 1000);
		break;
	case KEY_MILLISECONDS:
	case KEY_WAITS:
		units_duration_str(buf, NUMBER_SIZE, n);
		break;
	case KEY_SHARE:
		if (rest == 0)
			snprintf(buf, NUMBER_SIZE, "%lld%%", whole);
		else if (rest % 10 == 0)
			snprintf(buf, NUMBER_SIZE, "%lld.%lld%%", whole, rest / 10);
		else
			snprintf(buf, NUMBER_SIZE, "%lld.%02lld%%", whole, rest);
		break;
	case KEY_MIB:
		snprintf(buf, NUMBER_SIZE, "%lldMiB", (long long)n);
		break;
	case KEY_SSH:
	case KEY_PERSISTENT:
	case KEY_DIALECT:
	case KEY_END:
		snprintf(buf, NUMBER_SIZE, "%s", choices(k)[n]);
		break;
	default:
		if (n == UNITS_UNLIMITED)
			snprintf(buf, NUMBER_SIZE, "unlimited");
		else
			snprintf(buf, NUMBER_SIZE, "%lld", (long long)n);
	}
	return buf;
}

/* "512MiB", "2GiB" */
static int
read_mib(const char *s, int64_t *mib)
{
	char digits[NUMBER_SIZE];
	size_t len = strspn(s, "0123456789");
	int64_t unit;

	if (len >= sizeof(digits))
		return -1;
	memcpy(digits, s, len);
	digits[len] = '\0';
	if (strcmp(s + len, "MiB") == 0)
		unit = 1;
	else if (strcmp(s + len, "GiB") == 0)
		unit = 1024;
	else
		return -1;
	if (units_int(digits, 0, 1 << 30, mib) != 0)
		return -1;
	*mib *= unit;
	return 0;
}

static int
read_choice(const struct key *k, const char *s, int64_t *out)
{
	int64_t i;

	for (i = 0; i <= k->hi; i++)
		if (strcmp(choices(k)[i], s) == 0) {
			*out = i;
			return 0;
		}
	return -1;
}

static int
read_number(const struct key *k, const char *s, int64_t *n)
{
	int32_t share;
	bool yes;

	switch (k->type) {
	case KEY_BOOL:
		if (units_bool(s, &yes) != 0)
			return -1;
		*n = yes;
		return 0;
	case KEY_LIMIT:
		return units_limit(s, n);
	case KEY_SHARE:
		if (units_share(s, &share) != 0)
			return -1;
		*n = share;
		return 0;
	case KEY_SECONDS:
	case KEY_LIMITS:
		return units_duration_s(s, n);
	case KEY_MILLISECONDS:
	case KEY_WAITS:
		return units_duration_ms(s, n);
	case KEY_MIB:
		return read_mib(s, n);
	case KEY_SSH:
	case KEY_PERSISTENT:
	case KEY_DIALECT:
	case KEY_END:
		return read_choice(k, s, n);
	default:
		return units_int(s, INT64_MIN + 1, INT64_MAX - 1, n);
	}
}

/* What to write when the text is not even of the type. */
static const char *
number_want(const struct key *k, const char *s)
{
	bool bare = *s != '\0' && s[strspn(s, "0123456789")] == '\0';

	switch (k->type) {
	case KEY_BOOL:
		return "write yes or no";
	case KEY_LIMIT:
		return "write a whole number, or the word unlimited";
	case KEY_SHARE:
		return bare ? "it needs its unit: write a percentage such as 10%"
			    : "write a percentage from 0% to 100%, such as 10%";
	case KEY_SECONDS:
	case KEY_MILLISECONDS:
	case KEY_WAITS:
	case KEY_LIMITS:
		return bare ? "it needs its unit: write s, m, h, d or w behind the number, "
			      "such as 90s or 24h"
			    : "write one whole number and one unit (ms, s, m, h, d, w), such "
			      "as 90s or 24h";
	case KEY_MIB:
		return bare ? "it needs its unit: write MiB or GiB behind the number, such as "
			      "512MiB"
			    : "write a whole number with MiB or GiB, such as 512MiB";
	case KEY_SSH:
		return "write always, when-silent or never";
	case KEY_PERSISTENT:
		return "write keep or allow";
	case KEY_DIALECT:
		return "write auto, opennebula or stratuslab";
	case KEY_END:
		return "write kill or shutdown";
	default:
		return "write a whole number";
	}
}

static int
check_number(const struct key *k, const char *s, int64_t *number, struct fault *f)
{
	char lo[NUMBER_SIZE], hi[NUMBER_SIZE];
	/* words of lists have their bounds here, those of the table are of how many there may be */
	struct key one = *k;

	if (k->type == KEY_PORTS) {
		one.lo = 1;
		one.hi = 65535;
	} else if (k->type == KEY_WAITS) {
		one.lo = 100;
		one.hi = 60000;
	} else if (k->type == KEY_LIMITS) {
		one.lo = 1;
		one.hi = 24 * 3600;
	}
	if (read_number(&one, s, number) != 0) {
		fault_set(f, FAULT_POLICY, "%s = %.80s is not understood", k->name, s);
		return fault_remedy(f, "%s", number_want(k, s));
	}
	if (k->type == KEY_LIMIT && *number == UNITS_UNLIMITED)
		return 0;
	if (*number < one.lo || *number > one.hi) {
		fault_set(f, FAULT_POLICY, "%s = %.80s is out of range", k->name, s);
		return fault_remedy(f, "write %s to %s%s", number_str(&one, one.lo, lo),
		    number_str(&one, one.hi, hi), k->type == KEY_LIMIT ? ", or unlimited" : "");
	}
	return 0;
}

/* "HH:MM" up to 24:00 to minutes; *s goes past it. */
static int
read_clock(const char **s, uint16_t *minute)
{
	const char *p = *s;
	int i;

	for (i = 0; i < 5; i++)
		if (i == 2 ? p[i] != ':' : p[i] < '0' || p[i] > '9')
			return -1;
	*minute =
	    (uint16_t)(((p[0] - '0') * 10 + p[1] - '0') * 60 + (p[3] - '0') * 10 + p[4] - '0');
	*s = p + 5;
	return p[3] > '5' || *minute > 1440 ? -1 : 0;
}

static int
read_day(const char **s, uint8_t *day)
{
	uint8_t i;

	for (i = 0; i < 7; i++)
		if (strncmp(*s, days[i], 3) == 0) {
			*day = i;
			*s += 3;
			return 0;
		}
	return -1;
}

/* "Mon-Fri 09:00-16:00", "Sat 10:00-12:00" */
static int
read_window(const char *s, struct policy_window *w)
{
	if (read_day(&s, &w->day_from) != 0)
		return -1;
	w->day_to = w->day_from;
	if (*s == '-') {
		s++;
		if (read_day(&s, &w->day_to) != 0)
			return -1;
	}
	if (*s != ' ')
		return -1;
	s += strspn(s, " ");
	if (read_clock(&s, &w->minute_from) != 0 || *s++ != '-' ||
	    read_clock(&s, &w->minute_to) != 0)
		return -1;
	return *s == '\0' ? 0 : -1;
}

static int
check_window(const struct key *k, const char *s, struct fault *f)
{
	struct policy_window w;

	if (read_window(s, &w) != 0) {
		fault_set(f, FAULT_POLICY, "%s: %.80s is not a weekly window", k->name, s);
		return fault_remedy(f, "write always, or days and times such as Mon-Fri "
				       "09:00-16:00, Sat 10:00-12:00");
	}
	if (w.minute_from >= w.minute_to) {
		fault_set(f, FAULT_POLICY, "%s: %.80s ends before it begins", k->name, s);
		return fault_remedy(
		    f, "split it at midnight: Mon 22:00-24:00, Tue 00:00-06:00");
	}
	return 0;
}

/* A text or word that has the wrong form. */
static int
refuse(const struct key *k, const char *s, const char *want, struct fault *f)
{
	if (k->flags & KEY_HIDDEN)
		fault_set(f, FAULT_POLICY,
		    "the value of %s is not valid (and not shown: it may hold a password)",
		    k->name);
	else
		fault_set(f, FAULT_POLICY, "%s = %.80s is not valid", k->name, s);
	return fault_remedy(f, "write %s%s", want,
	    k->flags & KEY_NONE	 ? ", or none"
	    : k->flags & KEY_ALL ? ", or all"
				 : "");
}

int
value_check(const struct key *k, const char *s, int64_t *number, struct fault *f)
{
	struct prefix prefix;
	struct range range;
	struct addr addr;
	int64_t ignored;

	switch (k->type) {
	case KEY_TEXT:
	case KEY_WORDS:
		return k->form->is_ok(s) ? 0 : refuse(k, s, k->form->want, f);
	case KEY_RANGE:
		if (range_parse(s, &range) == 0)
			return 0;
		return refuse(k, s, "a plugin range such as 0, 10:, ~:5 or @1:3", f);
	case KEY_NETWORKS:
		if (net_prefix_parse(s, &prefix) == 0)
			return 0;
		return refuse(k, s,
		    "networks such as 10.0.0.0/8 or 2001:db8::/32, the host bits zero", f);
	case KEY_ADDRESSES:
		if (net_addr_parse(s, &addr) == 0 && !net_addr_is_special(&addr))
			return 0;
		return refuse(
		    k, s, "addresses of machines, such as 192.0.2.1 or 2001:db8::1", f);
	case KEY_PORTS:
	case KEY_WAITS:
	case KEY_LIMITS:
		return check_number(k, s, &ignored, f);
	case KEY_WINDOWS:
		return check_window(k, s, f);
	default:
		return check_number(k, s, number, f);
	}
}

char *
value_next_word(char **s)
{
	char *word = *s + strspn(*s, " "), *end = strchr(word, ',');

	if (end == NULL) {
		end = word + strlen(word);
		*s = NULL;
	} else
		*s = end + 1;
	while (end > word && end[-1] == ' ')
		end--;
	*end = '\0';
	return word;
}

const char *
value_none(const struct key *k)
{
	return k->type == KEY_WINDOWS ? "always" : "none";
}

static void *
get_memory(struct arena *a, size_t n, size_t size)
{
	void *p = arena_calloc(a, n > 0 ? n : 1, size);

	BUG_ON(p == NULL); /* the arena has no cap, so memory is out: x_calloc's rule */
	return p;
}

static char *
get_copy(struct arena *a, const char *s)
{
	return memcpy(get_memory(a, strlen(s) + 1, 1), s, strlen(s) + 1);
}

static void
fill_number(const struct key *k, int64_t n, struct policy *p)
{
	char *at = (char *)p + k->at;

	if (k->type == KEY_BOOL)
		*(bool *)at = n != 0;
	else if (k->type == KEY_SSH)
		*(enum policy_ssh *)at = (enum policy_ssh)n;
	else if (k->type == KEY_PERSISTENT)
		*(enum policy_persistent *)at = (enum policy_persistent)n;
	else if (k->type == KEY_DIALECT)
		*(enum policy_dialect *)at = (enum policy_dialect)n;
	else if (k->type == KEY_END)
		*(enum policy_end *)at = (enum policy_end)n;
	else if (k->size == sizeof(int64_t))
		*(int64_t *)at = n;
	else if (k->size == sizeof(int32_t))
		*(int32_t *)at = (int32_t)n;
	else {
		BUG_ON(k->size != sizeof(uint16_t));
		*(uint16_t *)at = (uint16_t)n;
	}
}

static void
fill_words(const char *const *words, size_t n, struct policy_list *l, struct arena *a)
{
	size_t i;

	l->given = true;
	l->all = n == 1 && strcmp(words[0], "all") == 0;
	if (l->all)
		return;
	l->v = get_memory(a, n, sizeof(*l->v));
	for (i = 0; i < n; i++)
		l->v[i] = get_copy(a, words[i]);
	l->n = n;
}

/* The lists that become arrays of values; value_check has accepted every word. */
static void
fill_array(
    const struct key *k, const char *const *words, size_t n, struct policy *p, struct arena *a)
{
	char *at = (char *)p + k->at, *extra = (char *)p + k->extra;
	struct prefix *prefixes = NULL;
	struct addr *addrs = NULL;
	int64_t number = 0;
	size_t i;
	int bad = 0;

	if (k->type == KEY_NETWORKS)
		*(struct prefix **)at = prefixes = get_memory(a, n, sizeof(*prefixes));
	else if (k->type == KEY_ADDRESSES)
		*(struct addr **)at = addrs = get_memory(a, n, sizeof(*addrs));
	for (i = 0; i < n && bad == 0; i++)
		switch (k->type) {
		case KEY_NETWORKS:
			bad = net_prefix_parse(words[i], &prefixes[i]);
			break;
		case KEY_ADDRESSES:
			bad = net_addr_parse(words[i], &addrs[i]);
			break;
		case KEY_WINDOWS:
			bad = read_window(words[i], (struct policy_window *)at + i);
			break;
		default:
			bad = read_number(k, words[i], &number);
			if (k->type == KEY_PORTS)
				((uint16_t *)at)[i] = (uint16_t)number;
			else
				((int64_t *)at)[i] = number;
		}
	BUG_ON(bad != 0);
	if (k->type == KEY_WAITS)
		*(int32_t *)extra = (int32_t)n;
	else
		*(size_t *)extra = n;
}

void
value_fill(const struct key *k, int64_t number, const char *const *words, size_t n,
    struct policy *p, struct arena *a)
{
	char *at = (char *)p + k->at;

	if (key_is_number(k))
		fill_number(k, number, p);
	else if (k->type == KEY_TEXT)
		*(const char **)at = n > 0 ? get_copy(a, words[0]) : NULL;
	else if (k->type == KEY_RANGE) {
		*(bool *)((char *)p + k->extra) = n > 0;
		BUG_ON(n > 0 && range_parse(words[0], (struct range *)at) != 0);
	} else if (k->type == KEY_WORDS)
		fill_words(words, n, (struct policy_list *)at, a);
	else
		fill_array(k, words, n, p, a);
}

static int64_t
get_number(const struct key *k, const struct policy *p)
{
	const char *at = (const char *)p + k->at;

	if (k->type == KEY_BOOL)
		return *(const bool *)at;
	if (k->type == KEY_SSH)
		return (int64_t) * (const enum policy_ssh *)at;
	if (k->type == KEY_PERSISTENT)
		return (int64_t) * (const enum policy_persistent *)at;
	if (k->type == KEY_DIALECT)
		return (int64_t) * (const enum policy_dialect *)at;
	if (k->type == KEY_END)
		return (int64_t) * (const enum policy_end *)at;
	if (k->size == sizeof(int64_t))
		return *(const int64_t *)at;
	if (k->size == sizeof(int32_t))
		return *(const int32_t *)at;
	return *(const uint16_t *)at;
}

static void
print_window(const struct policy_window *w, struct text *out)
{
	text_add(out, days[w->day_from]);
	if (w->day_to != w->day_from)
		text_addf(out, "-%s", days[w->day_to]);
	text_addf(out, " %02d:%02d-%02d:%02d", w->minute_from / 60, w->minute_from % 60,
	    w->minute_to / 60, w->minute_to % 60);
}

static size_t
list_length(const struct key *k, const struct policy *p)
{
	const char *extra = (const char *)p + k->extra;

	if (k->type == KEY_WORDS)
		return ((const struct policy_list *)((const char *)p + k->at))->n;
	return k->type == KEY_WAITS ? (size_t) * (const int32_t *)extra
				    : *(const size_t *)extra;
}

static void
print_item(const struct key *k, const struct policy *p, size_t i, struct text *out)
{
	const char *at = (const char *)p + k->at;
	char buf[NUMBER_SIZE], net[NET_STR_SIZE];

	switch (k->type) {
	case KEY_WORDS:
		text_add(out, ((const struct policy_list *)at)->v[i]);
		break;
	case KEY_NETWORKS:
		text_add(out, net_prefix_str(net, &(*(struct prefix *const *)at)[i]));
		break;
	case KEY_ADDRESSES:
		text_add(out, net_addr_str(net, &(*(struct addr *const *)at)[i]));
		break;
	case KEY_WINDOWS:
		print_window((const struct policy_window *)at + i, out);
		break;
	case KEY_PORTS:
		text_add(out, number_str(k, ((const uint16_t *)at)[i], buf));
		break;
	default:
		text_add(out, number_str(k, ((const int64_t *)at)[i], buf));
	}
}

bool
value_print(const struct key *k, const struct policy *p, struct text *out)
{
	const char *at = (const char *)p + k->at, *s = NULL;
	char buf[NUMBER_SIZE];
	size_t i, n;

	if (key_is_number(k))
		s = number_str(k, get_number(k, p), buf);
	else if (k->type == KEY_TEXT)
		s = *(const char *const *)at;
	else if (k->type == KEY_RANGE && *(const bool *)((const char *)p + k->extra))
		s = ((const struct range *)at)->text;
	else if (k->type == KEY_WORDS && ((const struct policy_list *)at)->all)
		s = "all";
	if (s != NULL) {
		text_add(out, s);
		return true;
	}
	n = key_is_list(k) ? list_length(k, p) : 0;
	if (n == 0 && (!(k->flags & KEY_NONE) ||
			  (k->type == KEY_WORDS && !((const struct policy_list *)at)->given)))
		return false;
	if (n == 0)
		text_add(out, value_none(k));
	for (i = 0; i < n; i++) {
		text_add(out, i > 0 ? ", " : "");
		print_item(k, p, i, out);
	}
	return true;
}
