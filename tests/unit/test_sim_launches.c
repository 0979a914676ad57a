/* SPDX-License-Identifier: ISC */
/*
 * test_sim_launches: the recordings about machines that are asked for, and what the daemons held when they were made.
 */
#include "test_sim_objects.h"

static const struct sim_launch at_once;

static void
next(struct sim *sim, int id)
{
	sim_set_launch(sim, &at_once);
	sim_set_next_id(sim, id);
}

static void
image(struct sim *sim, int id, const char *name, bool persistent)
{
	struct sim_image i = {
	    .id = id, .name = name, .persistent = persistent, .everybody = !persistent};

	sim_add_image(sim, &i);
}

static void
networks_and_images(struct sim *sim)
{
	bool modern = sim_era(sim) == SIM_720;

	sim_add_network(sim, "public", 0, "127.10.0.138", 200);
	sim_add_network(sim, modern ? "private" : "local", 1, "10.9.0.1", 20);
	sim_add_network(sim, "dual", 2, "127.11.0.10", 20);
	sim_add_network(sim, "v6static", 3, NULL, 0);
	sim_add_network(sim, "ethonly", 4, NULL, 0);
	image(sim, !modern, "ttylinux", false);
	image(sim, modern, "pdata", true);
	image(sim, 9, "cd", false);
}

static void
set_as_alice(struct sim *sim)
{
	networks_and_images(sim);
	next(sim, 304);
}

static void
set_as_user(struct sim *sim)
{
	sim_remove_vm(sim, 219);
	next(sim, 219);
}

static void
set_persistent(struct sim *sim)
{
	networks_and_images(sim);
	next(sim, 541);
}

static void
set_in_use(struct sim *sim)
{
	struct sim_disk disk = {.kind = SIM_DISK_PERSISTENT};
	struct sim_vm v = sim_vm_default(240);

	disk.image_id = sim_era(sim) == SIM_720;
	v.disks = &disk;
	networks_and_images(sim);
	sim_add_vm(sim, &v);
}

static void
set_volumes(struct sim *sim)
{
	sim_set_time(sim, 1795419044);
	networks_and_images(sim);
	sim_add_network(sim, "public", 0, "127.10.0.208", 1);
	next(sim, 244);
}

static void
set_accents(struct sim *sim)
{
	const struct sim_launch stays = {.ends = true, .last = SIM_PENDING};

	sim_set_time(sim, 1795419410);
	next(sim, 252);
	sim_set_launch(sim, &stays);
}

static void
set_stratuslab(struct sim *sim)
{
	sim_set_time(sim, 1795420043);
	sim_add_network(sim, "public", 0, "127.10.0.232", 1);
	next(sim, 276);
}

static void template(struct sim *sim, int id, const char *text)
{
	struct sim_template t = {.id = id, .name = "tpl", .text = text};

	sim_add_template(sim, &t);
}

static void
set_template(struct sim *sim)
{
	template(sim, 0, "NAME=tpl\nCPU=0.1\nMEMORY=64\n");
	next(sim, 251);
}

static void
set_template_544(struct sim *sim)
{
	networks_and_images(sim);
	template(sim, 47,
	    "NAME=tpl\nCPU=0.1\nMEMORY=64\nSCHED_REQUIREMENTS=\"ID=999\"\n"
	    "DISK=[IMAGE_ID=0]\nNIC=[NETWORK_ID=1]\n");
	next(sim, 544);
}

static void
set_template_545(struct sim *sim)
{
	set_template_544(sim);
	next(sim, 545);
}

static void
set_watcher(struct sim *sim)
{
	struct sim_user u = {.id = 5,
	    .name = "monitor",
	    .password = "monitorpw",
	    .gid = 101,
	    .gname = "watchers",
	    .may_not_create = true};

	sim_add_user(sim, &u);
}

static void
set_running(struct sim *sim)
{
	static const int ids[] = {245, 326, 546};
	struct sim_vm v;

	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		v = sim_vm_default(ids[i]);
		sim_add_vm(sim, &v);
	}
}

const struct recording launches[] = {
    {"7.2.0/088-one.vm.allocate-as-alice", .set = set_as_alice},
    {"7.2.0/089-one.vm.allocate-forbidden-image", .set = set_as_alice},
    {"7.2.0/090-one.vm.allocate-syntax-error"},
    {"7.2.0/091-one.vm.allocate-no-memory"},
    {"7.2.0/092-one.vm.allocate-empty"},
    {"7.2.0/151-one.vm.action-shutdown-on-RUNNING", .set = set_running},
    {"7.2.0/220-one.vm.allocate-persistent", .set = set_persistent},
    {"7.2.0/224-one.vm.allocate-persistent-image-in-use", .set = set_in_use},
    {"7.2.0/237-one.template.instantiate", .set = set_template_544},
    {"7.2.0/238-one.template.instantiate-hold", .set = set_template_545},
    {"7.2.0/239-one.template.instantiate-no-such", .set = set_template_545},
    {"7.2.0/242-one.vm.action-poweroff-on-RUNNING", .set = set_running},
    {"7.2.0/938-one.vm.allocate-as-monitor", .set = set_watcher},
    {"3.2.1/050-one.vm.allocate-as-user", .set = set_as_user},
    {"3.2.1/051-one.vm.allocate-forbidden-image", .set = networks_and_images},
    {"3.2.1/052-one.vm.allocate-syntax-error"},
    {"3.2.1/098-one.vm.allocate-persistent-and-volume-url", .set = set_volumes},
    {"3.2.1/099-one.vm.info-rich-running", .set = set_volumes,
	.first = "3.2.1/098-one.vm.allocate-persistent-and-volume-url"},
    {"3.2.1/102-one.vm.allocate-persistent-image-in-use", .set = set_in_use},
    {"3.2.1/105-one.vm.action-shutdown-on-RUNNING", .set = set_running},
    {"3.2.1/114-one.template.instantiate", .set = set_template},
    {"3.2.1/115-one.template.instantiate-too-few", .set = set_template},
    {"3.2.1/116-one.vm.allocate-odd-bracket"},
    {"3.2.1/117-one.vm.allocate-odd-cdata"},
    {"3.2.1/118-one.vm.allocate-odd-accents", .set = set_accents},
    {"3.2.1/119-one.vm.info-odd-accents", .set = set_accents,
	.first = "3.2.1/118-one.vm.allocate-odd-accents"},
    {"3.2.1/129-one.vm.allocate-stratuslab-style", .set = set_stratuslab},
    {"3.2.1/130-one.vm.info-stratuslab-style", .set = set_stratuslab,
	.first = "3.2.1/129-one.vm.allocate-stratuslab-style"},
};

const size_t n_launches = sizeof(launches) / sizeof(launches[0]);
