# Units of a machine with systemd that belong to the sandbox and not to the booted system. They are
# put below /run, where a NixOS activation does not look. Sourced by parts/enter in the new root.
units=run/systemd/system
mkdir -p $units/multi-user.target.wants run/sshd
# Hardware, consoles and the like: there is none, or it is the computer's own.
for u in systemd-udevd.service systemd-udev-trigger.service \
  systemd-udevd-control.socket systemd-udevd-kernel.socket systemd-resolved.service \
  systemd-networkd.service systemd-networkd.socket systemd-timesyncd.service getty.target \
  getty-static.service console-getty.service systemd-modules-load.service systemd-sysctl.service \
  systemd-firstboot.service systemd-remount-fs.service systemd-random-seed.service \
  systemd-update-utmp.service systemd-update-utmp-runlevel.service systemd-user-sessions.service \
  systemd-machine-id-commit.service systemd-pstore.service systemd-binfmt.service \
  systemd-sysusers.service systemd-journal-flush.service kmod-static-nodes.service \
  sys-kernel-debug.mount sys-kernel-tracing.mount sys-kernel-config.mount \
  sys-fs-fuse-connections.mount dev-hugepages.mount dev-mqueue.mount \
  proc-sys-fs-binfmt_misc.automount remote-fs.target ssh.service ssh.socket \
  apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer e2scrub_reap.service \
  fstrim.timer man-db.timer systemd-tmpfiles-clean.timer cron.service; do
  ln -s /dev/null $units/$u
done
cat > $units/sandbox-sshd.service << 'UNIT'
[Unit]
Description=The sandbox's ssh daemon
DefaultDependencies=no
After=sysinit.target
[Service]
Type=exec
ExecStartPre=/bin/mkdir -p /run/sshd
ExecStart=/usr/sbin/sshd -D -e -f /sandbox/sshd_config
ExecReload=/bin/kill -HUP $MAINPID
# An activation runs below a connection; like NixOS, do not kill connections with the daemon.
KillMode=process
Restart=always
RestartSec=1
UNIT
ln -s ../sandbox-sshd.service $units/multi-user.target.wants/
for f in reboot poweroff halt; do ln -s /usr/bin/systemctl sandbox/bin/$f; done
