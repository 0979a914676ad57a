/* SPDX-License-Identifier: ISC */
/*
 * vmsim: the simulated cloud as a program, for shell tests, the demo and benchmarks.
 *
 *	vmsim [--bind ADDR:PORT] [--tls CERT KEY] [--log FILE] [--fleet N] [--era E] [SCENARIO]
 *
 * It binds 127.0.0.1:0 unless told otherwise (loopback addresses only), prints "port N" on
 * standard output once it listens, then reads commands from standard input and answers each
 * with its text, if any, and a line "ok" or "error WHY". It ends on "quit" or end of file.
 * It must never listen on anything that leaves the machine.
 *
 * A scenario is a text of lines; '#' starts a comment line. Words are separated by blanks; a
 * word with blanks is quoted: name="two words". In quotes \" \\ \n \t \r \xNN work. Each line is
 * one of these, and each may also be given as a command while the program runs:
 *
 *	era 7.2.0 | 3.2.1 | 2.2		first line of a file; 7.2.0 without it
 *	proxy [cert-user=NAME] | off	StratusLab's proxy before it: /pswd/xmlrpc with Basic
 *		authentication, /cert/xmlrpc for NAME (sim_set_proxy)
 *	daemon up | down		what is behind the proxy
 *	time EPOCH | now		a clock that stands still, or the real one (default)
 *	advance SECONDS			move the clock on
 *	user NAME PASSWORD [id=N] [gid=N] [group=NAME] [sees=none|vms,hosts,users] [manage]
 *	     [disabled] [asc] [no-create] [attr=NAME:VALUE]...
 *		an account; without id the next free one; without sees it sees both; oneadmin is
 *		there from the start (id 0, password oneadmin) and may be given again
 *	host NAME [id=N] [state=N] [mon=SECONDS_AGO|never|@EPOCH] [zombies=1,2] [wild=NAME]
 *	     [error=TEXT]
 *		a hypervisor; 2 monitored (default), 3 error, 4 disabled, 8 offline; mon is how old
 *		the last monitoring always is (default 20), or the time when it froze
 *	host-state NAME N		a host fails (3) or comes back (2)
 *	network NAME id=N [first=ADDR [count=N]]
 *		a network; with first, new machines get its addresses (count: 250) one by one, and are
 *		refused when none is free; without, a card in it has none
 *	image NAME id=N [owner=USER] [private] [persistent]
 *		while none is named, every image that a new machine asks for is there
 *	template NAME id=N [owner=USER] [private] text=TEXT
 *		for one.template.instantiate: text="CPU=1\nMEMORY=128\nNIC=[NETWORK=public]"
 *	quota USER [vms=N] [cpu=N] [memory=MIB]		0: no limit
 *	launch [pending=S] [prolog=S] [boot=S] [stays=PHASE | fails=prolog|boot] [kill=HOW] [next-id=N]
 *		how machines start that are asked for from now on (1 s each; PHASE is pending,
 *		prolog or boot), and what a kill does to them
 *	halt ID				its guest shuts down: UNKNOWN on 3.2.1, POWEROFF on 7.2.0
 *	crash ID			its guest crashes: UNKNOWN
 *	vm ID [name=TEXT] [raw-name=TEXT] [owner=USER] [state=NAME|N/N] [host=NAME|-]
 *	   [created=EPOCH|-SECONDS] [ended=...] [cpu=0.5] [vcpu=2] [memory=256] [deploy=TEXT]
 *	   [nic=NET:ADDR[,KIND=ADDR]...]... [disk=KIND[:ARG]]... [lock=1|2|3] [labels=a,b]
 *	   [attr=NAME:VALUE]... [error=TEXT] [service=N] [vrouter=N] [sched=ACTION@+SECONDS]
 *	   [create-image] [context] [guest=ADDR] [history=HOST:FROM:TO]...
 *	   [kill=now|late:S|never|bounce:S|epilog-failure:S|zombie|driver] [at=+SECONDS:STATE]...
 *		a machine: RUNNING on the first host, oneadmin's, one image disk, no NIC;
 *		nic: "public:10.0.0.5", "public:10.0.0.5,ula=fd00::5,global=2001:db8::5",
 *		"v6:ip6=2001:db8::9", "lan:10.1.0.5,ext=192.0.2.1", "lan:10.1.0.6,alias", "ether:-";
 *		disk: image, persistent, cdrom, volatile, odd, none, source:pdisk:HOST:PORT:UUID,
 *		url:http://..., each but the last two with :MIB; history: earlier placements,
 *		run from and to so many seconds ago
 *	volume UUID [tag=TEXT] [owner=USER] [identifier=TEXT] [count=TEXT] [size=TEXT] [quarantine=TIME]
 *		a volume of pdisk, at /pdisk on the same port; count: as many as are mounted
 *	mount UUID ID [DEVICE]		a machine has it mounted: "static" (default) or hot-plugged as vda
 *	unmount UUID ID
 *	metadata ID SHA1 [endorser=EMAIL] [created=EPOCH] [valid=EPOCH] [deprecated=WHY]
 *	      [location=URL] [format=WORD] [bus=WORD] [kind=WORD]
 *		metadata in the Marketplace, at /marketplace on the same port; faults of both: the
 *		methods pdisk.disks, pdisk.mounts, marketplace.metadata
 *	state ID STATE | ID N N		change a machine now
 *	plan ID SECONDS STATE		the same, later
 *	lock ID LEVEL [OWNER_ID]	0 unlocks
 *	usage ID KIB CPU		what the last poll said of its memory and CPU (%), before 4.x
 *	remove ID			as if it had never been
 *	fleet N				N machines, ten hosts (sim_add_fleet)
 *	fault METHOD|* KIND [ARG] [times=N] [skip=N] [text=TEXT]
 *		KIND: delay cut reset length short html status fault failure huge inner lost empty
 *		drip (sim.h says what ARG is); without times until "no-faults"
 *	no-faults
 *	log [PART]			the log's lines that contain PART
 *	count [PART]			their number
 *	connections			how many were opened, and the most that were open at once
 *	shapes				each method and the types of its parameters, as called, once
 *	attributes ID			NAME=VALUE of its user template, a line each
 *	dump				one line per machine: id, state, owner, name
 *	port				the port again
 *	quit
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim.h"

struct options {
	char address[64];
	uint16_t port;
	const char *cert, *key, *log, *scenario;
	const char *fleet, *era;
};

static int
usage(void)
{
	fputs("usage: vmsim [--bind ADDR:PORT] [--tls CERT KEY] [--log FILE] [--era "
	      "7.2.0|3.2.1|2.2]\n"
	      "             [--fleet N] [SCENARIO]\n",
	    stderr);
	return 2;
}

/* "127.0.0.1:8080" or "[::1]:8080" */
static int
read_bind(const char *s, struct options *o)
{
	const char *colon = strrchr(s, ':');
	size_t n = colon != NULL ? (size_t)(colon - s) : 0;
	char *end;
	long port;

	if (n > 1 && s[0] == '[' && s[n - 1] == ']') {
		s++;
		n -= 2;
	}
	if (n == 0 || n >= sizeof(o->address))
		return -1;
	memcpy(o->address, s, n);
	o->address[n] = '\0';
	port = strtol(colon + 1, &end, 10);
	if (end == colon + 1 || *end != '\0' || port < 0 || port > 65535)
		return -1;
	o->port = (uint16_t)port;
	return 0;
}

static int
read_options(int argc, char **argv, struct options *o)
{
	int i;

	memset(o, 0, sizeof(*o));
	strcpy(o->address, "127.0.0.1");
	for (i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--bind") == 0 && i + 1 < argc) {
			if (read_bind(argv[++i], o) != 0)
				return -1;
		} else if (strcmp(argv[i], "--tls") == 0 && i + 2 < argc) {
			o->cert = argv[++i];
			o->key = argv[++i];
		} else if (strcmp(argv[i], "--log") == 0 && i + 1 < argc)
			o->log = argv[++i];
		else if (strcmp(argv[i], "--fleet") == 0 && i + 1 < argc)
			o->fleet = argv[++i];
		else if (strcmp(argv[i], "--era") == 0 && i + 1 < argc)
			o->era = argv[++i];
		else if (argv[i][0] != '-' && o->scenario == NULL)
			o->scenario = argv[i];
		else
			return -1;
	}
	return 0;
}

/* A small file as text; NULL with a message. */
static char *
read_text(const char *name)
{
	FILE *f = fopen(name, "r");
	char *text = calloc(1, 65536);

	if (f == NULL || text == NULL || fread(text, 1, 65535, f) == 0) {
		fprintf(stderr, "vmsim: cannot read %s\n", name);
		free(text);
		text = NULL;
	}
	if (f != NULL)
		fclose(f);
	return text;
}

static struct sim *
make_sim(const struct options *o)
{
	struct sim *sim;
	char err[512], line[64];

	if (o->scenario != NULL) {
		sim = sim_scenario_read(o->scenario, err, sizeof(err));
		if (sim == NULL) {
			fprintf(stderr, "vmsim: %s\n", err);
			return NULL;
		}
	} else {
		sim = sim_new(o->era != NULL ? sim_era_parse(o->era, strlen(o->era)) : SIM_720);
		sim_scenario_line(sim, "time now", NULL, err, sizeof(err));
	}
	if (o->fleet != NULL) {
		snprintf(line, sizeof(line), "fleet %s", o->fleet);
		if (sim_scenario_line(sim, line, NULL, err, sizeof(err)) != 0) {
			fprintf(stderr, "vmsim: %s\n", err);
			sim_free(sim);
			return NULL;
		}
	}
	return sim;
}

static void
serve_commands(struct sim *sim)
{
	char *line = NULL, err[512];
	size_t room = 0;

	while (getline(&line, &room, stdin) >= 0) {
		line[strcspn(line, "\r\n")] = '\0';
		if (strcmp(line, "quit") == 0)
			break;
		if (strcmp(line, "port") == 0)
			printf("%u\nok\n", (unsigned)sim_port(sim));
		else if (sim_scenario_line(sim, line, stdout, err, sizeof(err)) == 0)
			puts("ok");
		else
			printf("error %s\n", err);
		fflush(stdout);
	}
	free(line);
}

int
main(int argc, char **argv)
{
	struct options o;
	struct sim *sim = NULL;
	char *cert = NULL, *key = NULL;
	FILE *log = NULL;
	int ret = 1;

	if (read_options(argc, argv, &o) != 0)
		return usage();
	if (o.cert != NULL &&
	    ((cert = read_text(o.cert)) == NULL || (key = read_text(o.key)) == NULL))
		goto out;
	sim = make_sim(&o);
	if (sim == NULL)
		goto out;
	if (o.log != NULL) {
		log = fopen(o.log, "a");
		if (log == NULL) {
			perror(o.log);
			goto out;
		}
		sim_log_to(sim, log);
	}
	if (sim_start(sim, o.address, o.port, cert, key) != 0)
		goto out;
	printf("port %u\n", (unsigned)sim_port(sim));
	fflush(stdout);
	serve_commands(sim);
	ret = 0;
out:
	sim_free(sim);
	if (log != NULL)
		fclose(log);
	free(cert);
	free(key);
	return ret;
}
