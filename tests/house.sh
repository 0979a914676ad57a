# SPDX-License-Identifier: ISC
# shellcheck shell=sh
# shellcheck disable=SC2034 # $bad is for the one who sources this
#
# house.sh: what tests/layers and tests/purity share. Sourced, with $top set to the tree; leaves
# $here (the tree), $tmp (removed at the end) and $bad (1 once a result was not good).
LC_ALL=C
export LC_ALL
here=$(cd "${top:?}" && pwd) || exit 1
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM

# True if $1 is one of the words that follow; the words are glob patterns, with the file names
# of the tree in them: callers switch the shell's own globbing off (set -f).
among() {
	what=$1
	shift
	for pattern; do
		# shellcheck disable=SC2254 # patterns on purpose
		case $what in
		$pattern) return 0 ;;
		esac
	done
	return 1
}

# The rest of the first row of the table on standard input whose first word matches $1.
row() {
	while read -r first rest; do
		case $first in
		'' | '#'*) continue ;;
		esac
		if among "$1" "$first"; then
			printf '%s\n' "$rest"
			return 0
		fi
	done
	return 1
}

# The kind of a source file (path below the top), from tests/kinds.
kind_of() {
	row "${1%.[ch]}" <"$here/tests/kinds"
}

n=0 bad=0
result() {	# $1: 0 if good; $2: what holds
	n=$((n + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $n - $2"
	else
		echo "not ok $n - $2"
		bad=1
	fi
}
