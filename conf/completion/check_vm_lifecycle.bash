# SPDX-License-Identifier: ISC
# shellcheck shell=bash
# bash-completion looks for a file of this name; all is in one.
# shellcheck source=conf/completion/vmreaper.bash
. "${BASH_SOURCE[0]%/*}/vmreaper.bash"
