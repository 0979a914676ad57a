/* SPDX-License-Identifier: ISC */
/*
 * policy: from the bytes of a file to a struct policy, by way of ini (lines), keys and value
 * (what they mean), store (libConfuse) and check (the whole). One error, and there is no policy.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/sha256.h"
#include "policy/check.h"
#include "policy/file.h"
#include "policy/hours.h"
#include "policy/ini.h"
#include "policy/keys.h"
#include "policy/policy.h"
#include "policy/source.h"
#include "policy/store.h"
#include "policy/value.h"

/* One reading. */
struct reading {
	struct source source;
	struct store *store;
	struct ini ini;
	char section[64]; /* the one we are in; "" before the first */
	bool skip; /* its header was bad: its keys belong nowhere */
	bool torn; /* a line could not be read: what it held is not known to be missing */
};

static int
complain(struct reading *r, const struct fault *f)
{
	source_error(&r->source, r->ini.line, f);
	return -1;
}

/* A list: its words, or one word that stands for all or none of them. */
static int
take_list(struct reading *r, const struct key *k, char *text, struct fault *f)
{
	char *rest = text, *word;
	int64_t n = 0;
	bool alone;

	while (rest != NULL) {
		word = value_next_word(&rest);
		if (*word == '\0') {
			fault_set(f, FAULT_POLICY, "%s has a comma too many", k->name);
			return fault_remedy(
			    f, "write words with one comma between two of them");
		}
		if (++n > k->hi) {
			fault_set(f, FAULT_POLICY, "%s has more than %lld words", k->name,
			    (long long)k->hi);
			return fault_remedy(f, "write fewer, or use wider ones");
		}
		alone = n == 1 && rest == NULL;
		if (k->flags & KEY_NONE && strcmp(word, value_none(k)) == 0 && alone) {
			store_put_none(r->store, k);
			return 0;
		}
		if (strcmp(word, "all") == 0 || strcmp(word, value_none(k)) == 0) {
			if (k->flags & KEY_ALL && alone && *word == 'a') {
				store_put_text(r->store, k, word);
				return 0;
			}
			fault_set(f, FAULT_POLICY, "%s: the word %s cannot stand here", k->name,
			    word);
			return fault_remedy(f, "%s",
			    k->flags & KEY_ALL	  ? "write all alone, or names"
			    : k->flags & KEY_NONE ? "write it alone, or the words themselves"
						  : "write the words themselves");
		}
		if (value_check(k, word, NULL, f) == -1)
			return -1;
		store_put_text(r->store, k, word);
	}
	return 0;
}

/* The value of a key, from the file or the table, into the store. */
static int
take_value(struct reading *r, const struct key *k, const char *value, struct fault *f)
{
	char text[INI_LINE_MAX + 1];
	int64_t number = 0;

	if (key_is_list(k)) {
		snprintf(text, sizeof(text), "%s", value);
		return take_list(r, k, text, f);
	}
	if (k->flags & KEY_NONE && strcmp(value, value_none(k)) == 0) {
		store_put_none(r->store, k);
		return 0;
	}
	if (value_check(k, value, &number, f) == -1)
		return -1;
	if (key_is_number(k))
		store_put_number(r->store, k, number);
	else
		store_put_text(r->store, k, value);
	return 0;
}

static int
refuse_key(struct reading *r, const char *name)
{
	const struct key *nearest = keys_nearest(r->section, name);
	const char *elsewhere = keys_section_of(name);
	struct fault f;

	fault_set(&f, FAULT_POLICY, "unknown key %s in [%s]", name, r->section);
	if (elsewhere != NULL)
		fault_remedy(&f, "it stands under [%s]", elsewhere);
	else if (nearest != NULL)
		fault_remedy(&f, "did you mean %s?", nearest->name);
	else
		fault_remedy(&f, "see vmreaper-policy(5), or write # before it");
	return complain(r, &f);
}

static int
take_key(struct reading *r)
{
	const struct key *table, *k;
	struct fault f;
	size_t n;

	if (r->skip)
		return 0;
	if (r->source.ended || r->section[0] == '\0') {
		fault_set(&f, FAULT_POLICY, "the key %s stands %s", r->ini.name,
		    r->source.ended ? "after [end]" : "before any section");
		fault_remedy(&f, "move it under its [section]");
		return complain(r, &f);
	}
	k = keys_find(r->section, r->ini.name);
	if (k == NULL)
		return refuse_key(r, r->ini.name);
	table = keys_table(&n);
	if (source_has(&r->source, k)) {
		fault_set(&f, FAULT_POLICY, "%s again, first in line %u", k->name,
		    source_line(&r->source, k));
		fault_remedy(&f, "keep one of them");
		return complain(r, &f);
	}
	r->source.line[k - table] = r->ini.line;
	if (take_value(r, k, r->ini.value, &f) == -1)
		return complain(r, &f);
	return 0;
}

static int
take_section(struct reading *r)
{
	const struct key *table;
	const char *name = r->ini.name;
	unsigned before = 0;
	struct fault f;
	size_t n, i;

	r->skip = true;
	if (r->source.ended) {
		fault_set(&f, FAULT_POLICY, "[%s] stands after [end]", name);
		fault_remedy(&f, "write [end] as the last line, once");
		return complain(r, &f);
	}
	if (strcmp(name, "end") == 0) {
		r->source.ended = true;
		r->skip = false;
		return 0;
	}
	if (!keys_has_section(name)) {
		fault_set(&f, FAULT_POLICY, "unknown section [%s]", name);
		fault_remedy(&f, "see vmreaper-policy(5)");
		return complain(r, &f);
	}
	table = keys_table(&n);
	for (i = 0; i < n; i++)
		if (strcmp(table[i].section, name) == 0) {
			before = r->source.header[i];
			r->source.header[i] = before > 0 ? before : r->ini.line;
		}
	r->skip = false;
	snprintf(r->section, sizeof(r->section), "%s", name);
	if (before > 0) {
		fault_set(&f, FAULT_POLICY, "[%s] again, first in line %u", name, before);
		fault_remedy(&f, "write its keys under the first one");
		return complain(r, &f);
	}
	return 0;
}

static void
read_lines(struct reading *r, const char *bytes, size_t len)
{
	enum ini_kind kind;

	ini_open(&r->ini, bytes, len);
	while (
	    (kind = ini_next(&r->ini)) != INI_END && r->source.errors->n < SOURCE_ERRORS_MAX) {
		if (kind == INI_SECTION)
			take_section(r);
		else if (kind == INI_KEY)
			take_key(r);
		else {
			complain(r, &r->ini.bad);
			r->torn = true;
			r->skip = r->skip || r->ini.header;
		}
	}
	r->source.last = r->ini.line > 0 ? r->ini.line : 1;
}

/* Every default that the file leaves to the table goes the way of a value in the file. */
static void
take_defaults(struct reading *r)
{
	const struct key *table, *k;
	struct fault f;
	size_t n;

	table = keys_table(&n);
	for (k = table; k < table + n; k++)
		if (!store_has(r->store, k) && k->def != NULL)
			BUG_ON(take_value(r, k, *k->def != '\0' ? k->def : value_none(k), &f) ==
			       -1);
}

/* Defaults that depend on other values. */
static void
compute_defaults(struct policy *p, const char *statedir, struct arena *a)
{
	if (p->unknown.gap_s == 0)
		p->unknown.gap_s = 3 * p->ledger.interval_s;
	if (p->failed.gap_s == 0)
		p->failed.gap_s = 3 * p->ledger.interval_s;
	if (p->cloud.name == NULL)
		return;
	if (p->ledger.path == NULL)
		p->ledger.path = arena_printf(a, "%s/%s.db", statedir, p->cloud.name);
	if (p->ledger.status_file == NULL)
		p->ledger.status_file =
		    arena_printf(a, "%s/%s.status.json", statedir, p->cloud.name);
	if (p->canary.status_file == NULL)
		p->canary.status_file =
		    arena_printf(a, "%s/%s.canary.json", statedir, p->cloud.name);
	if (p->canary.journal == NULL)
		p->canary.journal =
		    arena_printf(a, "%s/%s.canary.journal", statedir, p->cloud.name);
	if (p->passive.service == NULL)
		p->passive.service = arena_printf(a, "sweep-%s", p->cloud.name);
	BUG_ON(p->passive.service == NULL);
	BUG_ON(p->ledger.path == NULL || p->ledger.status_file == NULL);
	BUG_ON(p->canary.status_file == NULL || p->canary.journal == NULL);
}

/* The store as a policy. */
static struct policy *
make_policy(const struct store *store, const char *path, const char *statedir)
{
	struct policy *p = x_calloc(1, sizeof(*p));
	struct arena *a = arena_new(0);
	const struct key *table;
	const char **words;
	size_t n, i, j, n_words;

	BUG_ON(a == NULL);
	p->store = a;
	p->path = arena_strdup(a, path);
	table = keys_table(&n);
	for (i = 0; i < n; i++) {
		if (!store_has(store, &table[i]))
			continue;
		if (key_is_number(&table[i])) {
			value_fill(&table[i], store_number(store, &table[i]), NULL, 0, p, a);
			continue;
		}
		n_words = store_count(store, &table[i]);
		words = x_calloc(n_words + 1, sizeof(*words));
		for (j = 0; j < n_words; j++)
			words[j] = store_text(store, &table[i], j);
		value_fill(&table[i], 0, words, n_words, p, a);
		free(words);
	}
	compute_defaults(p, statedir != NULL ? statedir : VMR_STATEDIR, a);
	return p;
}

/* Read and check; r->source is left for policy_load to add to. */
static struct policy *
read_policy(struct reading *r, const char *name, const char *bytes, size_t len,
    const char *statedir, struct policy_errors *errors, struct fault *f)
{
	struct policy *p = NULL;
	struct fault big;

	memset(r, 0, sizeof(*r));
	source_open(&r->source, name, errors, f);
	if (len > POLICY_BYTES_MAX) {
		fault_set(&big, FAULT_POLICY, "more than %d bytes", POLICY_BYTES_MAX);
		fault_remedy(&big, "name the right file");
		source_error(&r->source, 0, &big);
		return NULL;
	}
	r->store = store_new();
	read_lines(r, bytes, len);
	take_defaults(r);
	p = make_policy(r->store, name, statedir);
	store_free(r->store);
	if (!r->torn)
		check_missing(p, &r->source);
	if (errors->n == 0)
		check_policy(p, &r->source);
	sha256_hex(bytes, len, p->digest);
	return p;
}

int
policy_parse(const char *name, const char *bytes, size_t len, const char *statedir,
    struct policy **out, struct policy_errors *errors, struct fault *f)
{
	struct reading *r = x_calloc(1, sizeof(*r));
	struct policy *p = read_policy(r, name, bytes, len, statedir, errors, f);

	free(r);
	if (errors->n > 0) {
		policy_free(p);
		p = NULL;
	}
	*out = p;
	return p != NULL ? 0 : -1;
}

int
policy_load(
    const char *path, struct policy **out, struct policy_errors *errors, struct fault *f)
{
	static const struct file_rule rule = {"policy", POLICY_BYTES_MAX, false,
	    "vmreaper policy init --endpoint URL writes a first one; -f FILE or --cloud NAME "
	    "names another"};
	struct reading *r = x_calloc(1, sizeof(*r));
	struct policy *p = NULL;
	struct fault bad;
	char *bytes = NULL;
	size_t len;

	if (file_read(path, &rule, &bytes, &len, &bad) == -1) {
		source_open(&r->source, path, errors, NULL);
		source_error(&r->source, 0, &bad);
		if (f != NULL)
			*f = bad;
		goto out;
	}
	p = read_policy(r, path, bytes, len, NULL, errors, f);
	if (errors->n == 0 && hours_check_zone(p->reap.time_zone, &bad) == -1)
		source_error(
		    &r->source, source_line(&r->source, keys_find("reap", "time_zone")), &bad);
out:
	if (errors->n > 0) {
		policy_free(p);
		p = NULL;
	}
	free(bytes);
	free(r);
	*out = p;
	return p != NULL ? 0 : -1;
}

struct policy *
policy_default(void)
{
	struct reading *r = x_calloc(1, sizeof(*r));
	struct policy *p;

	r->store = store_new();
	take_defaults(r);
	p = make_policy(r->store, "", NULL);
	store_free(r->store);
	free(r);
	return p;
}

void
policy_free(struct policy *p)
{
	if (p == NULL)
		return;
	arena_free(p->store);
	free(p);
}
