# SPDX-License-Identifier: ISC
# shellcheck shell=bash
# Completion in bash of vmreaper and its plugins. Sourced by bash-completion when one of them is first completed, or
# by hand: . vmreaper.bash
#
# It works without the bash-completion package. Nothing here talks to a cloud: machine numbers come from the ledger
# and the status file of the last sweep. tests/agree holds the options against `--help' and the man pages.

_vmreaper_commands='doctor audit explain probe sweep hold resume acknowledge keep unkeep run describe connect
	shutdown kill policy history help'

# The options of a command or a plugin, one list; those that take a value stand in _vmreaper_value, too.
_vmreaper_options() {
	local policy='-f --policy --cloud' common='-v --verbose -h --help --version'
	local caller='--endpoint --auth-file -u --username -p --password --pem-cert --pem-key -c --config -S
		--user-config-section --era --ca-file --ca-dir --insecure -v --verbose -q --quiet -h --help --version'
	local plugin='-f --policy --cloud -t --timeout --timeout-result -v --verbose -h --help -V --version --extra-opts'

	case $1 in
	vmreaper) echo '-h --help -V --version' ;;
	sweep) echo "$policy --reap --cron --syslog $common" ;;
	audit) echo "$policy --from --era --format --all --no-probe --color $common" ;;
	explain) echo "$policy --live --sweep --json --color $common" ;;
	probe | doctor) echo "$policy --color $common" ;;
	policy) echo "$policy --endpoint --name $common" ;;
	history) echo "$policy --since --color $common" ;;
	keep | hold) echo "$policy --until --for --reason $common" ;;
	unkeep | resume) echo "$policy $common" ;;
	acknowledge) echo "$policy --all $common" ;;
	run) echo "-n --number --name --cpu --ram --vm-cpu-amount -o --output --template -t --type -l --list-types
		--swap --local-ip --private-ip --address -k --key --context-file --context --volatile-disk
		--persistent-disk --readonly-disk --vm-requirements --vm-network-model --vm-disks-bus
		--qcow-disk-format --use-host-cpu --allow-withdrawn --marketplace-endpoint --pdisk-endpoint
		--pdisk-username --pdisk-password $caller" ;;
	describe) echo "--all-users --json --resolve --color $caller" ;;
	connect) echo "-k --key -w --wait --timeout $caller" ;;
	shutdown) echo "$caller" ;;
	kill) echo "-y --yes -w --wait --timeout $caller" ;;
	check_vms) echo "$plugin --last-sweep -w --warning -c --critical --max-lines" ;;
	check_vmreaper) echo "$plugin --status-file -w --warning -c --critical --max-lines" ;;
	check_vm_lifecycle) echo "$plugin --run --last-run --status-file" ;;
	esac
}

# What stands behind an option: the kind of value that it takes, or nothing. $1 command, $2 option.
_vmreaper_value() {
	case $1:$2 in
	run:-n | run:-t | connect:--timeout | kill:--timeout) echo any ;;
	explain:--sweep | audit:--era) echo any ;;
	check_*:-w | check_*:--warning | check_*:-c | check_*:--critical) echo threshold ;;
	check_*:-t | check_*:--timeout) echo any ;;
	*:-f | *:--policy | *:--from | *:-k | *:--key | *:-o | *:--output | *:--context-file | *:--auth-file | \
		*:--pem-cert | *:--pem-key | *:-c | *:--config | *:--ca-file | *:--status-file) echo file ;;
	*:--ca-dir) echo directory ;;
	*:--cloud) echo cloud ;;
	*:--syslog) echo 'daemon user cron local0 local1 local2 local3 local4 local5 local6 local7' ;;
	*:--color) echo 'auto always never' ;;
	*:--format) echo 'text json csv html prometheus' ;;
	*:--timeout-result) echo 'ok warning critical unknown' ;;
	*:--vm-disks-bus) echo 'ide scsi virtio' ;;
	*:--endpoint | *:--name | *:--since | *:--until | *:--for | *:--reason | *:--number | *:--cpu | *:--ram | \
		*:--vm-cpu-amount | *:--type | *:--swap | *:--address | *:--context | *:--volatile-disk | \
		*:--persistent-disk | *:--readonly-disk | *:--vm-requirements | *:--vm-network-model | \
		*:--marketplace-endpoint | *:--pdisk-* | *:-u | *:--username | *:-p | *:--password | *:-S | \
		*:--user-config-section | *:--era | *:--max-lines) echo any ;;
	esac
}

# The policies of --cloud NAME.
_vmreaper_clouds() {
	local ini
	for ini in "${VMREAPER_SYSCONFDIR:-/etc/vmreaper}"/*.ini; do
		ini=${ini##*/} ini=${ini%.ini}
		# what compgen -W would expand is no name of a cloud
		case $ini in
		'' | *[!A-Za-z0-9._-]*) ;;
		*) echo "$ini" ;;
		esac
	done
}

# Numbers of machines, from the files that the last sweep left. $1 vmreaper; the rest: -f FILE or --cloud NAME.
_vmreaper_machines() {
	local vmreaper=$1 status
	shift
	# the journal, then what the last sweep found; each only if this user may read it
	"$vmreaper" history --since 30d "$@" </dev/null 2>/dev/null | sed -n 's/^[^ ]*  sweep [0-9]*: \([0-9][0-9]*\) .*/\1/p'
	status=$("$vmreaper" policy show "$@" </dev/null 2>/dev/null | sed -n '/^\[ledger]/,/^\[/s/^status_file = //p')
	if [ -r "$status" ]; then
		sed -n 's/^ *"id": \([0-9][0-9]*\),$/\1/p' "$status"
	fi
}

_vmreaper() {
	local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} name=${COMP_WORDS[0]##*/}
	local command='' verb='' option='' kind='' choices='' i policy=()

	COMPREPLY=()
	# "--color=a" is three words where "=" breaks words
	if [ "$word" = = ]; then
		option=$before word=''
	elif [ "$before" = = ] && [ "$COMP_CWORD" -gt 1 ]; then
		option=${COMP_WORDS[COMP_CWORD - 2]}
	else
		option=$before
	fi
	# which command it is, and whose policy: the words before this one
	if [ "$name" != vmreaper ]; then
		command=$name
	fi
	for ((i = 1; i < COMP_CWORD; i++)); do
		case ${COMP_WORDS[i]} in
		-f | --policy | --cloud)
			policy=("${COMP_WORDS[i]}" "${COMP_WORDS[i + 1]}")
			if [ "${COMP_WORDS[i + 1]}" = = ]; then
				policy[1]=${COMP_WORDS[i + 2]-}
			fi
			;;
		-* | =) ;;
		*)
			if [ -z "$command" ]; then
				command=${COMP_WORDS[i]}
			elif [ -z "$verb" ] && [ -z "$(_vmreaper_value "$command" "${COMP_WORDS[i - 1]}")" ]; then
				verb=${COMP_WORDS[i]}
			fi
			;;
		esac
	done
	kind=$(_vmreaper_value "${command:-vmreaper}" "$option")
	case $kind in
	file) mapfile -t COMPREPLY < <(compgen -f -- "$word") && return ;;
	directory) mapfile -t COMPREPLY < <(compgen -d -- "$word") && return ;;
	cloud) choices=$(_vmreaper_clouds) ;;
	threshold | any) return ;;
	'')
		case $word in
		-*) choices=$(_vmreaper_options "${command:-vmreaper}") ;;
		*)
			case $command in
			'') choices=$_vmreaper_commands ;;
			help) [ -n "$verb" ] || choices=$_vmreaper_commands ;;
			policy)
				case $verb in
				'') choices='init check show' ;;
				check | show) mapfile -t COMPREPLY < <(compgen -f -- "$word") && return ;;
				esac
				;;
			explain | probe | keep | unkeep | acknowledge | history)
				choices=$(_vmreaper_machines "${COMP_WORDS[0]}" "${policy[@]}" | sort -nu)
				;;
			esac
			;;
		esac
		;;
	*) choices=$kind ;;
	esac
	mapfile -t COMPREPLY < <(compgen -W "$choices" -- "$word")
}

complete -F _vmreaper vmreaper check_vms check_vmreaper check_vm_lifecycle
# Files are completed as files: a blank in a name is escaped, a directory gets its slash.
if type compopt >/dev/null 2>&1; then
	complete -o filenames -F _vmreaper vmreaper check_vms check_vmreaper check_vm_lifecycle
fi
