/* SPDX-License-Identifier: ISC */
/*
 * scenario: what scenario.c and scenario_vm.c share. Functions return 0, or -1 with the reason in l->err.
 */
#ifndef SIM_SCENARIO_H
#define SIM_SCENARIO_H

#include "inner.h"

enum { LINE_WORDS = 128, LINE_LIST = 32 };

/* A line split into words, which may be written to. */
struct line {
	char	buf[16384];
	char   *word[LINE_WORDS];
	size_t	n;
	FILE   *out;		/* NULL: in a file */
	char   *err;
	size_t	err_size;
};

int	scenario_error(struct line *l, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
const char *scenario_value(const char *word, const char *key);
int	scenario_int(struct line *l, const char *s, int64_t *out);
int	scenario_state(struct line *l, enum sim_era era, const char *s, int *state, int *lcm);
int	scenario_attr(struct line *l, const char *s, struct sim_attr *attrs, size_t *n);
const struct host *scenario_host(struct line *l, struct sim *sim, const char *name);
int	scenario_vm(struct sim *sim, struct line *l);

/* scenario_launch.c: what new machines are made of, and the end of a guest */
int	scenario_network(struct sim *sim, struct line *l);
int	scenario_image(struct sim *sim, struct line *l);
int	scenario_template(struct sim *sim, struct line *l);
int	scenario_quota(struct sim *sim, struct line *l);
int	scenario_launch(struct sim *sim, struct line *l);
int	scenario_halt(struct sim *sim, struct line *l);
/* "late:4" and its like into *kill and *seconds; s is written to. */
int	scenario_kill(struct line *l, char *s, enum sim_kill *kill, int64_t *seconds);

#endif
