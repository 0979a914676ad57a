# SPDX-License-Identifier: ISC
# shellcheck shell=bash
# shellcheck disable=SC2154 # what run and the other files set
# Rows about probing: the engine (tests/e2e/probe_tool runs it as a sweep does) beside fping, check_icmp, ssh-keyscan
# and check_ssh. Pacing is out of the way where a row is about CPU time.
plugins=/usr/lib/nagios/plugins
fast=(-r 1000000 -R 1000000)

# how many lines of FILE say that somebody answered
alive() {
	grep -c ' alive ' "$1" || :
}

# --- ping --------------------------------------------------------------------------------------
ours_ping() {
	run ours_ping -i "$tmp/list" -o "$tmp/ours" "$build/tests/e2e/probe_tool" -s never -t 1000 "${fast[@]}"
}
peer_fping() {
	run peer_fping -o "$tmp/peer" fping -a -i 0 -r 0 -f "$tmp/list"
}
row_ping() {
	addresses 172.20 10000 >"$tmp/list"
	rounds "$n" ours_ping peer_fping
	ratio 'ping 10,000 that answer; fping' ours_ping peer_fping 1 0.55 \
	    "false dead: ours $((10000 - $(alive "$tmp/ours"))), fping $((10000 - $(wc -l <"$tmp/peer")))"
}

rate=20000
ours_silent() {
	run ours_silent -i "$tmp/list" -o "$tmp/ours" "$build/tests/e2e/probe_tool" -s never -t 1000,2000,2000 \
	    -r "$rate" -R 1000000
}
peer_silent() {
	run peer_silent -o "$tmp/peer" fping -a -i 0 -r 3 -f "$tmp/list"
}
row_silent() {
	local wall
	{
		addresses 10.1 9000
		addresses 10.65 1000
	} | sort -R >"$tmp/list"
	rounds "$n" ours_silent peer_silent
	ratio 'ping 10,000, a tenth silent; fping -r 3' ours_silent peer_silent 1 - \
	    "found: ours $(alive "$tmp/ours"), fping $(wc -l <"$tmp/peer") of 9000"
	wall=$(median ours_silent 2)
	limit '  wall s: tries of 1, 2, 2 s, 20,000 packets/s' "$wall" \
	    "$(awk -v r="$rate" 'BEGIN { print 1.05 * (5 + 10000 / r) }')"
}

# many ADDRESSES as words, once
mapfile_list() {
	mapfile -t hosts <"$tmp/list"
}
ours_thousand() {
	run ours_thousand -i "$tmp/list" -o "$tmp/ours" "$build/tests/e2e/probe_tool" -s never -t 1000 "${fast[@]}"
}
peer_icmp() {
	run peer_icmp -o "$tmp/peer" "$plugins/check_icmp" -n 5 "${hosts[@]}"
}
peer_icmp_slow() {
	run peer_icmp_slow -o "$tmp/peer2" "$plugins/check_icmp" -n 1 -I 1ms "${hosts[@]}"
}
peer_icmp_each() {
	run peer_icmp_each xargs -a "$tmp/list" -P 100 -n 1 "$plugins/check_icmp" -n 1
}
# false dead in check_icmp's answer
lost() {
	grep -o 'lost 100%' "$1" | wc -l
}
row_check_icmp() {
	addresses 172.20 1000 >"$tmp/list"
	mapfile_list
	rounds 1 ours_thousand peer_icmp
	ratio 'ping 1,000; check_icmp -n 5 (once)' ours_thousand peer_icmp 1 - \
	    "false dead: ours $((1000 - $(alive "$tmp/ours"))), check_icmp $(lost "$tmp/peer")"
	rounds "$n" ours_thousand peer_icmp_slow
	rounds 1 peer_icmp_each
	ratio 'ping 1,000; check_icmp -n 1 -I 1ms' ours_thousand peer_icmp_slow 1 - \
	    "false dead: ours $((1000 - $(alive "$tmp/ours"))), check_icmp $(lost "$tmp/peer2")"
	ratio 'ping 1,000; a check_icmp each (once)' ours_thousand peer_icmp_each 1 -
}

# --- behind the neighbour table of 1,024 entries -----------------------------------------------
ours_attached() {
	run ours_attached -i "$tmp/list" -o "$tmp/ours" "$build/tests/e2e/probe_tool" -s never "${fast[@]}"
}
peer_attached() {
	run peer_attached -o "$tmp/peer" fping -a -i 0 -r 3 -f "$tmp/list"
}
row_attached() {
	local k
	for k in 2000 5000; do
		addresses 172.28 "$k" >"$tmp/list"
		# fping second: what it leaves in the table would be in the way
		rounds 1 ours_attached peer_attached
		ratio "ping $k attached, 1,024 ARP entries; fping (once)" ours_attached peer_attached 1 - \
		    "false dead: ours $(grep -c ' silent ' "$tmp/ours" || :) (found $(alive "$tmp/ours") in $(median \
			ours_attached 2) s), fping $((k - $(wc -l <"$tmp/peer")))"
	done
}

# --- ssh -----------------------------------------------------------------------------------------
ours_ssh() {
	run ours_ssh -i "$tmp/list" -o "$tmp/ours" "$build/tests/e2e/probe_tool" -P -s always "${fast[@]}"
}
peer_keyscan() {
	run peer_keyscan -o "$tmp/peer" ssh-keyscan -t ed25519 -T 5 -f "$tmp/list"
}
peer_check_ssh() {
	run peer_check_ssh -o "$tmp/peer2" xargs -a "$tmp/list" -P 100 -n 1 "$plugins/check_ssh" -t 5
}
row_ssh() {
	addresses 172.20 5000 >"$tmp/list"
	start greeter ready "$build/tests/bench/greeter"
	rounds "$n" ours_ssh peer_keyscan
	rounds 1 peer_check_ssh
	stop
	# keyscan tells of each server that it heard in a comment on its standard error
	ratio 'ssh greeting of 5,000; ssh-keyscan' ours_ssh peer_keyscan 1 0.55 \
	    "heard: ours $(grep -c ' ssh=answered' "$tmp/ours" || :), ssh-keyscan $(cat "$tmp/peer" \
		"$tmp/peer_keyscan.err" | grep -c 'SSH-2.0' || :)"
	ratio 'ssh greeting of 5,000; a check_ssh each (once)' ours_ssh peer_check_ssh 1 0.067 \
	    "heard: check_ssh $(grep -c '^SSH OK' "$tmp/peer2" || :)"
}

row_sshd() {
	local list=1000
	addresses 172.20 "$list" >"$tmp/list"
	ssh-keygen -q -t ed25519 -N '' -f "$tmp/key"
	printf 'HostKey %s\nPidFile none\nMaxStartups 9000\nLogLevel ERROR\nListenAddress 0.0.0.0\n' "$tmp/key" \
	    >"$tmp/sshd.conf"
	start sshd up sh -c "mkdir -p /run/sshd; echo up; exec /usr/sbin/sshd -D -e -f '$tmp/sshd.conf'"
	until ssh-keyscan -T 1 172.20.0.1 2>/dev/null | grep -q .; do
		kill -0 "$started" || bench_die "sshd: $(tail -n 3 "$tmp/err")"
	done
	rounds 1 ours_ssh peer_keyscan
	stop
	ratio 'ssh of 1,000, a real sshd; ssh-keyscan (once)' ours_ssh peer_keyscan 1 - \
	    "heard: ours $(grep -c ' ssh=answered' "$tmp/ours" || :), keys of ssh-keyscan $(wc -l <"$tmp/peer"); wall \
$(median ours_ssh 2) and $(median peer_keyscan 2) s"
}
