# SPDX-License-Identifier: ISC
# shellcheck shell=bash
#
# tree.sh: a copy of the tree to work on, for tests/gates and tests/mutate. Sourced.

# Copy the tree in $1 to $2, which must not exist: what git knows or would add (else all of it), as it
# is, without anything built in place (a tree that is configured in place cannot be built elsewhere).
copy_tree() {
	mkdir "$2" || return 1
	if [ "$(git -C "$1" rev-parse --show-toplevel 2>/dev/null)" = "$1" ]; then
		(cd "$1" && git ls-files -coz --exclude-standard) | while IFS= read -r -d '' f; do
			[ ! -e "$1/$f" ] || printf '%s\0' "$f"
		done | tar -C "$1" -cf - --null -T - | tar -xf - -C "$2"
	else
		tar -C "$1" -cf - --exclude=.git . | tar -xf - -C "$2" || return 1
		[ ! -f "$2/Makefile" ] || (cd "$2" && make -s distclean)
	fi
}
