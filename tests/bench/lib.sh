# SPDX-License-Identifier: ISC
# shellcheck shell=bash
# shellcheck disable=SC2154 # what run and the other files set
# What the benchmarks share: a network of their own, measured runs, medians, and the table. Sourced by run, which
# has gone into a network namespace before.
#
#   here (vmreaper, its peers, the simulated cloud)  172.30.0.1 --veth-- 172.30.0.2  there (machines)
#   172.20.0.0/16   loopback of here: answers ping, and ssh where a server was started
#   172.28.0.0/19   attached: there answers for all of it, an ARP entry each
#   10.0.0.0/8      behind there as a router, the addresses of the simulated fleet (tests/sim/fleet.c):
#                   10.0.0.0/10 and 10.128.0.0/9 answer, packets to 10.64.0.0/10 vanish
#
# No packet leaves the machine: neither namespace has another interface.
bench_pids=()
bench_there=

bench_end() {
	local pid
	for pid in ${bench_pids[@]+"${bench_pids[@]}"}; do
		kill "$pid" 2>/dev/null
	done
	for pid in ${bench_pids[@]+"${bench_pids[@]}"}; do
		wait "$pid" 2>/dev/null
	done
	rm -rf "$tmp"
}

bench_die() {
	echo "bench: $*" >&2
	exit 1
}

# Start "$@" (its output in $tmp/$1.out, its standard input a pipe that we hold) and wait for a line that begins
# with $word. $1: a name for it.
start() {
	local name=$1 word=$2
	shift 2
	rm -f "$tmp/$name.in" "$tmp/$name.out"
	mkfifo "$tmp/$name.in" "$tmp/$name.out"
	"$@" <"$tmp/$name.in" >"$tmp/$name.out" 2>>"$tmp/err" &
	started=$!
	bench_pids+=("$started")
	exec {hold}>"$tmp/$name.in" {answers}<"$tmp/$name.out"
	while read -r -t 20 line <&"$answers"; do
		case $line in
		"$word"*)
			return 0
			;;
		esac
	done
	bench_die "$name did not start: $(tail -n 3 "$tmp/err")"
}

# End the process that was started last.
stop() {
	exec {hold}>&- {answers}<&-
	kill "$started" 2>/dev/null
	wait "$started" 2>/dev/null
	unset 'bench_pids[-1]'
}

there() {
	nsenter --target "$bench_there" --net -- "$@"
}

network() {
	start there up unshare --net -- sh -c 'echo up; exec sleep infinity'
	bench_there=$started
	ip link set lo up
	ip link add v0 type veth peer name v1 netns "$bench_there"
	ip addr add 172.30.0.1/24 dev v0
	ip link set v0 up
	there ip link set lo up
	there ip addr add 172.30.0.2/24 dev v1
	there ip link set v1 up
	there sh -c 'echo 1 >/proc/sys/net/ipv4/ip_forward'
	ip route add local 172.20.0.0/16 dev lo
	ip route add 172.28.0.0/19 dev v0 src 172.30.0.1
	there ip route add local 172.28.0.0/19 dev lo
	ip route add 10.0.0.0/8 via 172.30.0.2
	there ip route add local 10.0.0.0/10 dev lo
	there ip route add local 10.128.0.0/9 dev lo
	there ip route add blackhole 10.64.0.0/10
	# servers here must not be what is measured
	echo 65535 >/proc/sys/net/core/somaxconn 2>/dev/null || :
	there sh -c 'echo 65535 >/proc/sys/net/core/somaxconn' 2>/dev/null || :
	# entries of the neighbour table that can be replaced sooner than after the 30 s of the default
	echo 3000 >/proc/sys/net/ipv4/neigh/v0/base_reachable_time_ms
	echo 1 >/proc/sys/net/ipv4/neigh/v0/delay_first_probe_time
	ping -q -c 1 -W 5 172.30.0.2 >/dev/null || bench_die "the two namespaces do not hear each other"
}

# addresses PREFIX N: PREFIX.0.1 and so on, 250 of each /24
addresses() {
	awk -v p="$1" -v n="$2" 'BEGIN { for (i = 0; i < n; i++)
	    printf "%s.%d.%d\n", p, i / 250, i % 250 + 1 }'
}

# sim N: a simulated cloud of N machines; its port in $port
sim() {
	start sim 'port ' "$build/tests/sim/vmsim" --fleet "$1"
	port=${line#port }
	printf 'oneadmin:oneadmin\n' >"$tmp/auth"
	chmod 600 "$tmp/auth"
}

# policy NAME: tests/bench/NAME.ini for this cloud, in $tmp/NAME.ini
policy() {
	sed -e "s|@port@|$port|" -e "s|@dir@|$tmp|" "$here/$1.ini" >"$tmp/$1.ini"
	chmod 644 "$tmp/$1.ini"
}

# --- measuring ---------------------------------------------------------------------------------

# run LABEL [-i FILE] [-o FILE] COMMAND...: one measured run, a line of $tmp/LABEL.runs
run() {
	local label=$1
	shift
	"$build/tests/bench/measure" "$@" >>"$tmp/$label.runs" 2>"$tmp/$label.err" || :
}

# rounds N OURS [PEER...]: call the functions in turn, N times
rounds() {
	local n=$1 i f
	shift
	for f; do
		rm -f "$tmp/$f.runs"
	done
	for ((i = 0; i < n; i++)); do
		for f; do
			"$f"
		done
	done
}

# median LABEL COLUMN (1 CPU s, 2 wall s, 3 peak MiB)
median() {
	cut -d' ' -f"$2" "$tmp/$1.runs" | sort -n | awk '{v[NR] = $1} END {print v[int((NR + 1) / 2)]}'
}

# --- the table ---------------------------------------------------------------------------------

heading() {
	printf '\n%-46s %9s %9s %7s  %s\n' "$1" "$2" "$3" "$4" "$5"
	printf '\n| %s | %s | %s | %s | %s |\n|---|---|---|---|---|\n' "$@" >>"$tmp/markdown"
}

line_of() {
	printf '%-46s %9s %9s %7s  %s\n' "$1" "$2" "$3" "$4" "$5"
	printf '| %s | %s | %s | %s | %s |\n' "$@" >>"$tmp/markdown"
}

# verdict VALUE TARGET: "at most TARGET: met", or MISSED
verdict() {
	awk -v v="$1" -v t="$2" 'BEGIN { printf "at most %s: %s", t, v <= t + 0 ? "met" : "MISSED" }'
}

# note VALUE TARGET TEXT: the last column
note() {
	[ "$2" = - ] || verdict "$1" "$2"
	[ "$2" = - ] || [ -z "$3" ] || printf '; '
	printf '%s' "$3"
}

# ratio WHAT OURS PEER COLUMN TARGET [NOTE]: medians beside each other; no target: -
ratio() {
	local ours peer r
	ours=$(median "$2" "$4")
	peer=$(median "$3" "$4")
	r=$(awk -v o="$ours" -v p="$peer" 'BEGIN { printf "%.2f", o / (p > 0 ? p : 0.0001) }')
	line_of "$1" "$ours" "$peer" "$r" "$(note "$r" "$5" "${6:-}")"
}

# limit WHAT VALUE TARGET [NOTE]
limit() {
	line_of "$1" "$2" "" "" "$(note "$2" "$3" "${4:-}")"
}

# wanted ROW: is it among BENCH_ROWS (all, if that is empty)?
wanted() {
	case " ${BENCH_ROWS:-$1} " in
	*" $1 "*) return 0 ;;
	esac
	return 1
}
