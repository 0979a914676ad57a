/* SPDX-License-Identifier: ISC */
/*
 * store: the option table of libConfuse 3.3, and its values by key.
 */
#include <confuse.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/fault.h"
#include "base/units.h"
#include "policy/store.h"

#define SECTIONS_MAX 16
#define UNLIMITED \
	(-1L) /* in the store: a long need not have 64 bits, and no key takes a negative */

struct store {
	cfg_t *cfg;
};

/* One option; values come from us, defaults included, so libConfuse has none to parse. */
static cfg_opt_t
make_option(const struct key *k)
{
	cfg_opt_t number = CFG_INT(k->name, 0, CFGF_NODEFAULT);
	cfg_opt_t yes_no = CFG_BOOL(k->name, cfg_false, CFGF_NODEFAULT);
	cfg_opt_t text = CFG_STR(k->name, NULL, CFGF_NODEFAULT);
	cfg_opt_t words = CFG_STR_LIST(k->name, NULL, CFGF_NODEFAULT);

	if (k->type == KEY_BOOL)
		return yes_no;
	if (key_is_number(k))
		return number;
	return key_is_list(k) ? words : text;
}

struct store *
store_new(void)
{
	const cfg_opt_t end = CFG_END();
	const struct key *table;
	cfg_opt_t sections[SECTIONS_MAX], *options;
	struct store *s = x_calloc(1, sizeof(*s));
	size_t n, n_sections = 0, i, filled = 0;

	table = keys_table(&n);
	/* each section's options end in a CFG_END of their own */
	options = x_calloc(n + SECTIONS_MAX, sizeof(*options));
	for (i = 0; i < n; i++) {
		if (i == 0 || strcmp(table[i].section, table[i - 1].section) != 0) {
			cfg_opt_t section =
			    CFG_SEC(table[i].section, options + filled, CFGF_NONE);

			BUG_ON(n_sections + 1 == SECTIONS_MAX);
			sections[n_sections++] = section;
		}
		options[filled++] = make_option(&table[i]);
		if (i + 1 == n || strcmp(table[i].section, table[i + 1].section) != 0)
			options[filled++] = end;
	}
	sections[n_sections] = end;
	s->cfg = cfg_init(sections, CFGF_NONE); /* copies the tables */
	BUG_ON(s->cfg == NULL);
	free(options);
	return s;
}

void
store_free(struct store *s)
{
	if (s == NULL)
		return;
	cfg_free(s->cfg);
	free(s);
}

static cfg_opt_t *
get_option(const struct store *s, const struct key *k)
{
	cfg_opt_t *opt = cfg_getopt(cfg_getsec(s->cfg, k->section), k->name);

	BUG_ON(opt == NULL);
	return opt;
}

bool
store_has(const struct store *s, const struct key *k)
{
	return (get_option(s, k)->flags & CFGF_MODIFIED) != 0;
}

void
store_put_number(struct store *s, const struct key *k, int64_t n)
{
	cfg_opt_t *opt = get_option(s, k);
	int rc;

	if (n == UNITS_UNLIMITED)
		n = UNLIMITED;
	BUG_ON(n > LONG_MAX || n < UNLIMITED);
	if (k->type == KEY_BOOL)
		rc = cfg_opt_setnbool(opt, n != 0 ? cfg_true : cfg_false, 0);
	else
		rc = cfg_opt_setnint(opt, (long)n, 0);
	BUG_ON(rc != CFG_SUCCESS);
	opt->flags |= CFGF_MODIFIED;
}

void
store_put_text(struct store *s, const struct key *k, const char *text)
{
	cfg_opt_t *opt = get_option(s, k);

	BUG_ON(cfg_opt_setnstr(opt, text, (unsigned)store_count(s, k)) != CFG_SUCCESS);
	opt->flags |= CFGF_MODIFIED;
}

void
store_put_none(struct store *s, const struct key *k)
{
	get_option(s, k)->flags |= CFGF_MODIFIED;
}

int64_t
store_number(const struct store *s, const struct key *k)
{
	cfg_opt_t *opt = get_option(s, k);
	long n;

	if (k->type == KEY_BOOL)
		return cfg_opt_getnbool(opt, 0) == cfg_true;
	n = cfg_opt_getnint(opt, 0);
	return n == UNLIMITED ? UNITS_UNLIMITED : n;
}

size_t
store_count(const struct store *s, const struct key *k)
{
	return store_has(s, k) ? cfg_opt_size(get_option(s, k)) : 0;
}

const char *
store_text(const struct store *s, const struct key *k, size_t i)
{
	return cfg_opt_getnstr(get_option(s, k), (unsigned)i);
}
