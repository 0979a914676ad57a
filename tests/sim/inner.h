/* SPDX-License-Identifier: ISC */
/*
 * inner: what the parts of the simulated cloud share among themselves. Not for tests: they
 * include sim.h. All functions here expect sim->lock to be held, unless they say otherwise.
 */
#ifndef SIM_INNER_H
#define SIM_INNER_H

#include <pthread.h>

#include "base/arena.h"
#include "base/text.h"

#include "sim.h"

#define DOC_MAX ((size_t)1 << 40) /* no document of ours is cut */

enum { HISTORY_MAX = 8, PARAMS_MAX = 16 };

/* A machine as kept: the description, with history copied so that time can write it. */
struct machine {
	struct sim_vm v;
	struct sim_history hist[HISTORY_MAX];
	int64_t	lock_s;
};

struct step {			/* a change to come */
	int64_t	 at_s;
	uint64_t seq;		/* of two that are due at once the earlier planned goes first */
	int	 id, state, lcm;
};

struct host {
	struct sim_host h;
	int64_t	error_s;
};

struct trap {			/* a fault that waits for its call */
	struct sim_fault f;
	int	 seen;
};

struct scenario_net {		/* a network that a scenario named */
	const char *name;
	int	id;
	uint32_t first;		/* address, host order */
	int	leases;		/* < 0: Ethernet only */
};

struct server;

struct sim {
	pthread_mutex_t lock;
	enum sim_era era;
	struct arena *arena;	/* all texts; freed with the cloud */

	int64_t	(*clock)(void *);
	void	*clock_arg;
	int64_t	 offset_s;	/* the time itself without a clock */

	struct sim_user *users;	/* each by id, ascending */
	struct host *hosts;
	struct machine **vms;
	size_t	 n_users, n_hosts, n_vms, room_vms;
	struct step *steps;
	size_t	 n_steps, room_steps;
	uint64_t seq;

	struct trap *traps;
	size_t	 n_traps;

	struct scenario_net *nets;
	size_t	 n_nets;

	struct sim_image *images;	/* as they were added */
	struct sim_template *templates;
	size_t	 n_images, n_templates;
	struct sim_launch launch;
	int	 next_id;

	int64_t	 term;		/* of Raft; 0: a server alone */

	struct text log, shapes;
	FILE	*log_file;
	unsigned calls;

	struct server *server;	/* NULL: not listening */
};

/* --- states.c (pure) ------------------------------------------------------------------- */

/* Is a machine in this state counted on a hypervisor (7.2.0, HOST/VMS)? */
bool	states_on_host(int state, int lcm);
/* May it be terminated? DONE: yes, without effect. */
bool	states_may_terminate(int state, int lcm, bool hard);
/* The history times that a machine has that went straight into this state at t. */
void	states_fill_history(enum sim_era era, int state, int lcm, int64_t t,
	    struct sim_history *h);
/* Does a machine in this state have a history at all? */
bool	states_has_history(int state);

/* --- model.c --------------------------------------------------------------------------- */

/* Copies that live as long as the cloud; attributes are put in the order of their names. */
const char *model_keep(struct sim *sim, const char *s);
void	*model_keep_array(struct sim *sim, const void *array, size_t n, size_t size);
const struct sim_attr *model_keep_attrs(struct sim *sim, const struct sim_attr *attrs, size_t n);
void	model_add_step(struct sim *sim, int id, int64_t at_s, int state, int lcm);
void	model_forget_steps(struct sim *sim, int id);
int64_t	model_now(const struct sim *sim);
void	model_tick(struct sim *sim);
struct machine *model_vm(const struct sim *sim, int id);
/* Index of the first machine whose id is not below id. */
size_t	model_vm_from(const struct sim *sim, int id);
struct host *model_host(const struct sim *sim, int id);
struct sim_user *model_user(const struct sim *sim, int id);
struct sim_user *model_user_by_name(const struct sim *sim, const char *name);
void	model_enter(struct sim *sim, struct machine *m, int state, int lcm, int64_t at_s);
/* What an accepted kill sets going. */
void	model_kill(struct sim *sim, struct machine *m, const char *verb);
/* Adds or replaces (by id), without taking the lock. */
struct machine *model_add_vm(struct sim *sim, const struct sim_vm *vm);
/* What its hypervisor calls it. */
const char *model_deploy_id(struct sim *sim, const struct machine *m);
int	model_next_id(const struct sim *sim);
/* When it was last monitored, 0: never. */
int64_t	model_host_mon(const struct sim *sim, const struct host *h);
const char *model_attr(const struct sim_attr *attrs, size_t n, const char *name);
/* Set name to value, keeping the order by name (7.2.0 one.vm.update, appending). */
void	model_set_attr(struct sim *sim, struct sim_vm *v, const char *name, const char *value);

/* --- write.c, docs.c (7.2.0), docs_old.c (3.2.1), pools.c: hosts, users -------------- */

enum docs_form { DOCS_SHORT, DOCS_EXTENDED, DOCS_FULL };

/*
 * Documents are written straight in the form that stands inside the envelope: '<', '>' and '&' of the
 * inner document are escaped as they are added, once.
 */
void	docs_raw(struct text *t, const char *s);		/* markup or text: escaped here */
void	docs_rawf(struct text *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void	docs_cdata(struct text *t, const char *name, const char *value);
void	docs_text(struct text *t, const char *name, const char *value);	/* XML-escaped, no CDATA */
void	docs_int(struct text *t, const char *name, int64_t value);
void	docs_time(char buf[32], int64_t wall_s);	/* as ctime(3) without newline, UTC */

void	docs_cdata_int(struct text *t, const char *name, int64_t value);
void	docs_optional(struct text *t, const char *name, const char *value);	/* NULL: nothing */
void	docs_open(struct text *t, const char *name);
void	docs_close(struct text *t, const char *name);

/* Custom attributes from *i on whose names come before next (NULL: the rest). */
void	docs_attrs_before(struct text *t, const struct sim_vm *v, size_t *i, const char *next);
void	docs_identity(struct text *t, const struct sim_vm *v);		/* ID to NAME */
void	docs_permissions(struct text *t);
void	docs_history_times(struct text *t, const struct sim_history *h);
void	docs_mac_text(char buf[24], const struct sim_vm *v, size_t nic);
void	docs_mac(struct text *t, const struct sim_vm *v, size_t nic);
void	docs_graphics(struct text *t, const struct sim_vm *v);
void	docs_plain_disk(struct text *t, const struct sim_disk *d, size_t id, enum sim_era era);
bool	docs_is_image(const struct sim_disk *d);
const char *docs_host_name(const struct sim *sim, int id);

/* One machine in the cloud's era; 3.2.1 knows no short body and gives the last history record. */
void	docs_vm_321(struct text *t, const struct sim *sim, const struct machine *m,
	    enum docs_form form);
void	docs_vm(struct text *t, const struct sim *sim, const struct machine *m,
	    enum docs_form form);
void	pools_host(struct text *t, const struct sim *sim, const struct host *h, bool with_monitoring);
void	pools_monitoring(struct text *t, const struct sim *sim, const struct host *h);
void	pools_user(struct text *t, const struct sim *sim, const struct sim_user *u);

/* --- request.c: the call as it came ---------------------------------------------------- */

struct param {
	char	    type;	/* s i b I d, ? for anything else */
	bool	    bare;	/* a string without a type element */
	const char *text;
	long	    number;	/* i, b */
};

struct request {
	struct arena *arena;	/* holds the texts; the caller frees it */
	const char *method;
	struct param params[PARAMS_MAX];
	size_t	n_params;
};

/* 0, or -1 with the daemon's text for fault -503 in *why. No lock needed. */
int	request_parse(const char *body, size_t len, struct request *r, const char **why);

/* --- methods.c: what the daemon does with it; actions.c: the calls that change something ------- */

struct answer {
	struct text body;	/* the envelope */
	char	outcome[128];	/* for the log */
	const char *user;	/* who asked, NULL: not authenticated */
};

/* A call on its way: what was asked, by whom, and where the answer goes. */
struct call {
	struct sim *sim;
	const struct request *req;
	struct answer *answer;
	const struct sim_user *user;
	const char *label;	/* "one.vm.action", or "VirtualMachineAction" on 3.2.1 */
};

enum methods_right { METHODS_USE = 1, METHODS_MANAGE = 2 };

void	methods_run(struct sim *sim, const struct request *r, struct answer *a);
void	methods_fault(struct answer *a, int code, const char *text);
/* A failure array; text gets "[label] " in front. object: the fourth member of 7.2.0. */
void	methods_failure(const struct call *c, int code, long object, const char *fmt, ...)
	    __attribute__((format(printf, 4, 5)));
void	methods_ok_int(const struct call *c, long value);
/* The lines of a success before and after the text of its document. */
void	methods_open(struct text *t);
void	methods_close(struct text *t);
void	methods_end(const struct call *c);	/* the same, and the log's word for it */
bool	methods_is_admin(const struct sim_user *u);
/* The machine, if it is there and the caller has the right and no lock forbids it; else NULL,
 * and the failure is written. operation: for VM_USE_OPERATIONS, may be NULL. */
struct machine *methods_vm(const struct call *c, long id, enum methods_right right,
	    const char *operation);

void	actions_vm_action(const struct call *c);
void	actions_vm_update(const struct call *c);
void	actions_vm_lock(const struct call *c);
void	actions_vm_unlock(const struct call *c);

/* --- template.c: the text that describes a machine --------------------------------------- */

struct template_attr {
	const char *name;	/* in capitals, as those of the pairs */
	const char *value;
	bool	vector;		/* then the pairs count */
	struct sim_attr *pairs;
	size_t	n;
};

struct template {
	struct template_attr *attrs;
	size_t	n;
};

/* 0, or -1 with the place of the error. */
int	template_parse(struct sim *sim, const char *s, struct template *t, size_t *at);
/* What the extra text names stands in the place of all of that name. */
void	template_merge(struct sim *sim, struct template *t, const struct template *extra);
const char *template_value(const struct template *t, const char *name);		/* or NULL */
const char *template_pair(const struct template_attr *a, const char *name);	/* or NULL */
void	template_write(struct text *out, const struct template *t);

/* --- allocate.c -------------------------------------------------------------------------- */

void	allocate_vm(const struct call *c);
void	allocate_instantiate(const struct call *c);
void	allocate_template_info(const struct call *c);
void	allocate_templatepool_info(const struct call *c);

/* --- faults.c -------------------------------------------------------------------------- */

/* The fault that hits this call, or NULL; counts it. */
const struct sim_fault *faults_pick(struct sim *sim, const char *method);
/* Does the call still do its work under this fault (NULL: none)? */
bool	faults_acts(const struct sim_fault *f);
/* An HTML page as the daemon's server writes it. */
char	*faults_page(int status, const char *text);
/* Change a ready reply as the fault says, or leave it in reply->trouble for the transport. */
void	faults_apply(struct sim *sim, const struct sim_fault *f, const char *method,
	    struct sim_reply *reply);
/* The filler of SIM_FAULT_HUGE: up to max bytes at offset pos of the body; its whole length. */
size_t	faults_huge(int64_t mb, uint64_t pos, char *buf, size_t max);
uint64_t faults_huge_len(int64_t mb);

/* --- log.c ----------------------------------------------------------------------------- */

void	log_add(struct sim *sim, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void	log_shape(struct sim *sim, const struct request *r);

#endif
