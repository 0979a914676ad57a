# SPDX-License-Identifier: ISC
# shellcheck shell=bash
# shellcheck disable=SC2154 # what run and the other files set
# Rows about clouds: reading a listing beside xmllint, whole sweeps of three sizes, the plugin beside curl.

cat >"$tmp/request.xml" <<XML
<?xml version="1.0"?><methodCall><methodName>one.vmpool.infoextended</methodName><params>
<param><value><string>oneadmin:oneadmin</string></value></param><param><value><int>-2</int></value></param>
<param><value><int>-1</int></value></param><param><value><int>-1</int></value></param>
<param><value><int>-1</int></value></param></params></methodCall>
XML

peer_curl() {
	run peer_curl -o "$tmp/body.xml" curl -s --data-binary "@$tmp/request.xml" -H 'Content-Type: text/xml' \
	    "http://127.0.0.1:$port/RPC2"
}

ours_parse() {
	run ours_parse -o "$tmp/ours" "$build/tests/bench/parse" "$tmp/envelope.xml" 7.2.0
}
peer_xmllint() {
	run peer_xmllint sh -c "xmllint --huge --sax --noout '$tmp/envelope.xml'
	    xmllint --huge --sax --noout '$tmp/inner.xml'"
}
row_parse() {
	sim 10000
	peer_curl
	stop
	mv "$tmp/body.xml" "$tmp/envelope.xml"
	xmllint --huge --xpath 'string(//string)' "$tmp/envelope.xml" >"$tmp/inner.xml"
	rounds "$n" ours_parse peer_xmllint
	ratio "read 10,000 machines ($(du -m "$tmp/envelope.xml" | cut -f1) MB); xmllint" ours_parse peer_xmllint 1 1.4 \
	    "$(cat "$tmp/ours")"
}

# ours_sweep: an observing sweep that probes everybody, and knows its earlier ones from the ledger (but for the first of
# a cloud); the times of its stages in $tmp/times
ours_sweep() {
	run ours_sweep "$build/vmreaper" sweep -v -f "$tmp/sweep.ini"
	cat "$tmp/ours_sweep.err" >>"$tmp/times"
}
# stage NAME COLUMN: the median of a stage's seconds (1: wall, 2: CPU)
stage() {
	sed -n "s/.*[ ,]$1 \([0-9.]*\) s (CPU \([0-9.]*\)).*/\\$2/p" "$tmp/times" | sort -n |
		awk '{v[NR] = $1} END {print v[int((NR + 1) / 2)]}'
}
ours_last() {
	run ours_last "$build/check_vms" --last-sweep -f "$tmp/sweep.ini"
}
# one SIZE ROUNDS: sweeps of a cloud of that size
one() {
	local size=$1 cpu
	rm -f "$tmp/times" "$tmp"/bench.*
	sim "$size"
	policy sweep
	rounds "$2" ours_sweep
	cpu=$(median ours_sweep 1)
	line_of "$size machines" "$cpu" "$(median ours_sweep 2)" "$(median ours_sweep 3)" \
	    "$(awk -v c="$cpu" -v s="$size" 'BEGIN { printf "%.0f us each; ", c * 1e6 / s }')CPU s: list $(stage list 2), \
probe $(stage probe 2), judge $(stage judge 2), commit $(stage commit 2); ledger $(du -k "$tmp/bench.db" | cut -f1) KiB; \
$(sed -n 's/.* \([0-9]*\) bytes kept of each.*/\1/p' "$tmp/times" | tail -n 1) bytes kept of each"
	case $size in
	10000)
		limit '  CPU s' "$cpu" 1.5
		limit '  peak MiB' "$(median ours_sweep 3)" 32
		;;
	100000)
		limit '  CPU s' "$cpu" 12
		limit '  peak MiB' "$(median ours_sweep 3)" 160
		limit '  judging, CPU s' "$(stage judge 2)" 0.2
		limit '  committing, wall s' "$(stage commit 1)" 1
		rounds "$n" ours_last
		limit '  check_vms --last-sweep, wall ms' "$(awk -v w="$(median ours_last 2)" 'BEGIN { print w * 1000 }')" 30
		;;
	esac
	stop
}
row_sweep() {
	heading 'sweep: list, ping, ssh, judge, commit' 'CPU s' 'wall s' 'MiB' ''
	start greeter ready nsenter --target "$bench_there" --net -- "$build/tests/bench/greeter"
	local greeter=$started hold_greeter=$hold answers_greeter=$answers
	one 1000 "$n"
	one 10000 "$n"
	one 100000 "$((n < 3 ? n : 3))"
	started=$greeter hold=$hold_greeter answers=$answers_greeter
	stop
}

ours_check() {
	run ours_check "$build/check_vms" -f "$tmp/list.ini"
}
row_check_vms() {
	sim 10
	policy list
	rounds $((4 * n)) ours_check peer_curl
	stop
	ratio 'check_vms of 10 machines; curl of the same body' ours_check peer_curl 1 1.5
}
