# Finds out whether this computer can hold a sandbox, before anything is made, and says in one
# line what is missing. The exit status 77 means "not here", as against "broken".

check_requirements() { # INIT
  [ "$(id -u)" = 0 ] || unable "must be run as root (namespaces, mounts and network devices are made)"
  local p missing=
  for p in unshare:util-linux nsenter:util-linux ip:iproute2 iptables:iptables perl:perl-base \
    setsid:util-linux flock:util-linux mountpoint:util-linux ssh:openssh-client \
    ssh-keygen:openssh-client /usr/sbin/sshd:openssh-server /bin/busybox:busybox-static; do
    type -P "${p%:*}" > /dev/null || missing+=" ${p%:*} (package ${p#*:})"
  done
  [ "$1" != systemd ] || [ -x /lib/systemd/systemd ] || missing+=" systemd (package systemd)"
  [ "$1" != systemd ] || [ -e /usr/lib/systemd/system/dbus.service ] || missing+=" dbus.service (package dbus)"
  [ -z "$missing" ] || unable "missing:$missing; tests/support/setup installs them"
  [ -L /bin ] && [ -L /lib ] || unable "/bin and /lib must be links into /usr"
  if [ "$1" = systemd ]; then
    unshare --mount sh -c 'mount -t cgroup2 cgroup /mnt && mkdir "/mnt/$0" && rmdir "/mnt/$0"' "nixwright-probe-$$" 2> /dev/null ||
      unable "this computer does not let us make control groups (cgroup2), which systemd needs"
    # Each systemd takes about five inotify instances; the kernel's usual limit of 128 is for all.
    local now; now=$(</proc/sys/fs/inotify/max_user_instances)
    [ "$now" -ge 4096 ] || echo 4096 2> /dev/null > /proc/sys/fs/inotify/max_user_instances ||
      echo "sandbox: fs.inotify.max_user_instances stays at $now, which is enough for about $((now / 6)) machines with systemd" >&2
  fi
}
