# vmreaper from cron. Nothing here is active: with systemd, vmreaper@NAME.timer does the first line's work
# (/usr/share/doc/vmreaper/README.Debian). One line of each kind for each cloud: NAME is /etc/vmreaper/NAME.ini.
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin

# Look, remember, judge, and, with --reap and where the policy is armed, kill. Prints only what has changed; the
# log has alarms when they rise and end, kills, errors, and a line for each sweep.
#*/15 * * * *	vmreaper	test -x /usr/bin/vmreaper && vmreaper sweep --cloud NAME --cron --syslog daemon

# Deploy, reach and kill a canary ([canary] every = 1h). The monitoring system reads the result with
# check_vm_lifecycle --last-run.
#17 * * * *	vmreaper	test -x /usr/bin/vmreaper && /usr/lib/nagios/plugins/check_vm_lifecycle --run --cloud NAME >/dev/null
