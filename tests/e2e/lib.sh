# SPDX-License-Identifier: ISC
# shellcheck shell=bash
# What the end-to-end tests and the demo share: two network namespaces of their own, machines that answer or do
# not, a simulated cloud, a clock. Source it first thing; it starts the script again inside a namespace.
#
#   here (vmreaper, the simulated cloud)  10.77.0.1 --veth-- 10.77.0.2  there (the machines)
#   10.77.1.0/24   machines that answer ping; ssh where e2e_sshd put one
#   10.77.2.0/24   nobody: packets to it vanish
#
# No packet leaves the machine: neither namespace has another interface.
set -u
export LC_ALL=C PATH="$PATH:/usr/sbin:/sbin"
e2e_src=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
e2e_build=${top_builddir:-$e2e_src}
e2e_build=$(cd "$e2e_build" && pwd)
e2e_pids=()
e2e_there=
e2e_passed=0
e2e_failed=0

e2e_die() {
	echo "$0: $*" >&2
	exit 1
}

if [ "${E2E_INSIDE:-}" != "$$" ]; then
	# unshare runs the script in its own place, so the process id stays.
	export E2E_INSIDE=$$
	if [ "$(id -u)" = 0 ]; then
		exec unshare --net --mount --uts -- bash "$0" "$@"
	fi
	exec unshare --user --map-root-user --net --mount --uts -- bash "$0" "$@"
fi

# In memory: thousands of ledgers are synced here, and a slow disk is not what is tested.
e2e_tmp=$(mktemp -d "${TMPDIR:-/tmp}/vmreaper-e2e.XXXXXX")
mount -t tmpfs -o mode=700 tmpfs "$e2e_tmp" || e2e_die "no mount namespace of our own: run as root"

# End every process that was started here, by its pid, and remove the files.
e2e_cleanup() {
	local pid
	for pid in ${e2e_pids[@]+"${e2e_pids[@]}"}; do
		kill "$pid" 2>/dev/null
	done
	for pid in ${e2e_pids[@]+"${e2e_pids[@]}"}; do
		wait "$pid" 2>/dev/null
	done
	umount --lazy "$e2e_tmp"
	rmdir "$e2e_tmp"
}
trap e2e_cleanup EXIT
trap 'exit 1' INT TERM

# Run a command among the machines.
e2e_in_there() {
	nsenter --target "$e2e_there" --net -- "$@"
}

e2e_network() {
	ip link set lo up || e2e_die "no network namespace of our own: run as root"
	unshare --net -- sleep infinity &
	e2e_there=$!
	e2e_pids+=("$e2e_there")
	# the namespace is there when it differs from ours
	while [ "$(readlink "/proc/$e2e_there/ns/net")" = "$(readlink /proc/self/ns/net)" ]; do
		kill -0 "$e2e_there" || e2e_die "no second namespace"
	done
	ip link add here type veth peer name there
	ip link set there netns "$e2e_there"
	ip address add 10.77.0.1/24 dev here
	ip link set here up
	e2e_in_there ip link set lo up
	e2e_in_there ip address add 10.77.0.2/24 dev there
	e2e_in_there ip link set there up
	ip route add 10.77.0.0/16 via 10.77.0.2
	e2e_in_there ip route add blackhole 10.77.2.0/24
	e2e_in_there sysctl -qw net.ipv4.ip_forward=1
}

# e2e_live ADDRESS...: machines that answer from now on. e2e_dead ADDRESS...: no longer.
e2e_live() {
	local a
	for a; do
		e2e_in_there ip address add "$a/32" dev lo
	done
}
e2e_dead() {
	local a
	for a; do
		e2e_in_there ip address del "$a/32" dev lo
		e2e_in_there ip route add blackhole "$a/32"
	done
}

# A real sshd on one address (openssh-server), with a key and configuration of its own.
e2e_sshd() {
	local dir=$e2e_tmp/sshd-$1 sshd
	sshd=$(command -v sshd) || e2e_die "sshd is missing: apt-get install openssh-server"
	mkdir -p "$dir" /run/sshd
	ssh-keygen -q -t ed25519 -N '' -f "$dir/key"
	printf '%s\n' "ListenAddress $1" "HostKey $dir/key" "PidFile none" "UsePAM no" \
	    "StrictModes no" >"$dir/config"
	(exec nsenter --target "$e2e_there" --net -- "$sshd" -D -e -f "$dir/config" 2>"$dir/log") &
	e2e_pids+=("$!")
	# it has started when it listens
	until e2e_in_there ss -Hltn "src $1" | grep -q .; do
		kill -0 "$!" 2>/dev/null || e2e_die "sshd: $(cat "$dir/log")"
	done
}

# e2e_memory KIB COMMAND...: run it with so much address space. A build with ASan reserves terabytes: there it is not limited.
if grep -qa __asan_init "$e2e_build/tests/e2e/vmreaper-demo"; then
	e2e_asan=yes
else
	e2e_asan=no
fi
e2e_memory() (
	[ "$e2e_asan" = yes ] || ulimit -v "$1" || exit 99
	shift
	"$@"
)

# --- the clock -----------------------------------------------------------------
export VMR_TEST_CLOCK=$e2e_tmp/clock
echo 0 >"$VMR_TEST_CLOCK"
e2e_ahead=0
e2e_vmreaper() {
	"$e2e_build/tests/e2e/vmreaper-demo" "$@"
}
e2e_check_vms() {
	"$e2e_build/tests/e2e/check_vms-demo" "$@"
}

e2e_check_vmreaper() {
	"$e2e_build/tests/e2e/check_vmreaper-demo" "$@"
}

e2e_check_vm_lifecycle() {
	"$e2e_build/tests/e2e/check_vm_lifecycle-demo" "$@"
}

# --- the simulated cloud -------------------------------------------------------
# e2e_sim [OPTION...] SCENARIO: start it on a loopback address of ours; its port in $e2e_port.
e2e_sim() {
	local line
	rm -f "$e2e_tmp/sim.in" "$e2e_tmp/sim.out"
	mkfifo "$e2e_tmp/sim.in" "$e2e_tmp/sim.out"
	"$e2e_build/tests/sim/vmsim" "$@" <"$e2e_tmp/sim.in" >"$e2e_tmp/sim.out" &
	e2e_pids+=("$!")
	exec 7>"$e2e_tmp/sim.in" 8<"$e2e_tmp/sim.out"
	read -r line <&8 || e2e_die "the simulated cloud did not start"
	e2e_port=${line#port }
	e2e_url=http://127.0.0.1:$e2e_port/RPC2
}
# sim COMMAND...: one command of its language (tests/sim/vmsim.c); prints what it answers. The answer is read to its end
# first: a reader that has enough (grep -q) would leave the rest to the next command.
sim() {
	local line answer=
	printf '%s\n' "$*" >&7
	while IFS= read -r line <&8; do
		case $line in
		ok)
			printf '%s' "$answer"
			return 0
			;;
		error*)
			echo "sim $*: $line" >&2
			return 1
			;;
		*) answer+=$line$'\n' ;;
		esac
	done
	e2e_die "the simulated cloud has ended"
}
# later SECONDS: move the clocks of the simulated cloud and of vmreaper on.
later() {
	e2e_ahead=$((e2e_ahead + $1))
	echo "$e2e_ahead" >"$VMR_TEST_CLOCK"
	sim advance "$1"
}

# e2e_policy FILE [SED-EXPRESSION...]: a policy for this cloud from tests/e2e/policy.ini.
e2e_policy() {
	local file=$1
	shift
	rm -f "$file"
	sed -e "s|@url@|$e2e_url|" -e "s|@dir@|$e2e_tmp|" "$@" "$e2e_src/tests/e2e/policy.ini" >"$file"
	chmod 644 "$file"
}
# The two accounts of the scenarios.
e2e_accounts() {
	(
		umask 077
		echo "monitor:monitorpw" >"$e2e_tmp/monitor.auth"
		echo "reaper:reaperpw" >"$e2e_tmp/reaper.auth"
	)
}

# --- results -------------------------------------------------------------------
# ok NAME COMMAND...: one test; its output is shown when it fails.
ok() {
	local name=$1
	shift
	if "$@" >"$e2e_tmp/ok.out" 2>&1; then
		e2e_passed=$((e2e_passed + 1))
		echo "ok $((e2e_passed + e2e_failed)) - $name"
	else
		e2e_failed=$((e2e_failed + 1))
		echo "not ok $((e2e_passed + e2e_failed)) - $name"
		sed 's/^/# /' "$e2e_tmp/ok.out"
	fi
}
e2e_done() {
	[ "$e2e_passed" -gt 0 ] || e2e_die "no test ran"
	echo "1..$((e2e_passed + e2e_failed))"
	[ "$e2e_failed" = 0 ]
	exit
}
