import type { ForeignHosts } from './foreign-hosts.ts';

// What sudo and systemd note down of their own runs, and what containerd makes of its own data, is theirs.
const SECTIONS: Readonly<Record<string, string>> = {
  files: `find /etc /root /home /opt /srv /usr/local /var/spool -xdev -not -name .sudo_as_admin_successful -printf '%p %y %m %u:%g %l\\n' | sort`,
  contents: `find /etc /root /home /opt -xdev -type f -not -name .sudo_as_admin_successful -print0 | sort -z | xargs -0 sha256sum`,
  state: `find /var/lib /var/log /run -xdev -printf '%p %y\\n' | sort | grep -Ev \
'^/(var/lib/(containerd|sudo|systemd|apt|private)|var/log/(journal|wtmp|btmp|lastlog)|run/(systemd|sudo|user|containerd|log|sshd|utmp|motd))' || true`,
  links: `ip -o link | sed -E 's/^[0-9]+: ([^:@]+)[^:]*: .* (state [A-Z]+) .*/\\1 \\2/'`,
  routes: 'ip -4 route show table all | sort; ip rule',
  rules: 'nft list ruleset',
  mounts: `awk '{ print $5 }' /proc/self/mountinfo | grep -v '^/run/user' | sort`,
  settings: `sysctl -a --pattern '^(net.ipv4.ip_forward|net.ipv4.conf|net.bridge|fs.inotify)' 2> /dev/null | sort`,
  processes: `ps -eo comm= | sort -u | grep -Ev '^(sshd|sh|ps|sort|grep|sftp-server|systemd|\\(sd-pam\\)|sudo|xargs|systemd-.*)$'`,
  cgroups: `find /sys/fs/cgroup -type d | grep -Ev '/(user.slice|init.scope|system.slice/(systemd-|apt-|dpkg-))' | sort`,
  units: 'systemctl list-unit-files --no-legend --state=enabled; systemctl list-units --no-legend --failed',
  containerd: `systemctl is-active containerd || true; for what in images containers tasks snapshots leases; do
    ctr -n k8s.io $what ls 2> /dev/null | tail -n +2 | sort; done`,
};

/** All by which a machine could be seen to have been a node, section by section. */
export async function inventory(hosts: ForeignHosts, name: string): Promise<Record<string, readonly string[]>> {
  const found: Record<string, readonly string[]> = {};
  for (const [section, script] of Object.entries(SECTIONS)) {
    found[section] = (await hosts.shell(name, script)).split('\n').filter((line) => line !== '');
  }
  return found;
}
