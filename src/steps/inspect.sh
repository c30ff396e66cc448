# How a machine is: what it runs, what it booted and would boot, load, disks, units, keys, the guard of an activation.
# Plain POSIX sh; changes nothing. Every line is KIND=VALUE; what it is told arrives as arguments.
#   PROFILE   the system profile
[ -r /etc/os-release ] && . /etc/os-release
[ "$ID" = nixos ] && echo "release=$VERSION_ID"
system() {
  path=$(readlink -f "$2")
  [ -x "$path/bin/switch-to-configuration" ] && echo "$1=$path"
}
system current /run/current-system
system booted /run/booted-system
system profile "$1"
echo "generation=$(readlink "$1")"
current=$(readlink -f /run/current-system)
booted=$(readlink -f /run/booted-system)
for link in "$1"-*-link; do
  [ "$(readlink -f "$link")" = "$current" ] && echo "current-generation=${link##*/}"
done
# What of the running system only a reboot brings in. A machine that NixOS did not boot says nothing of it.
if [ -d "$booted" ] && [ -d "$current" ] && [ "$booted" != "$current" ]; then
  for part in kernel initrd kernel-modules; do
    { [ -e "$current/$part" ] || [ -e "$booted/$part" ]; } || continue
    [ "$(readlink -f "$current/$part")" = "$(readlink -f "$booted/$part")" ] || echo "changed=$part"
  done
  [ "$(cat "$current/kernel-params" 2>/dev/null)" = "$(cat "$booted/kernel-params" 2>/dev/null)" ] || echo "changed=kernel-params"
fi
echo "boot=$(cat /proc/sys/kernel/random/boot_id)"
echo "time=$(date +%s)"
read -r uptime idle < /proc/uptime && echo "uptime=${uptime%%.*}"
read -r one five fifteen rest < /proc/loadavg && echo "load=$one $five $fifteen"
echo "processors=$(grep -c '^processor' /proc/cpuinfo)"

# Mounts of other machines are left out: one that is gone would keep us waiting.
while read -r device mount type rest; do
  case $type in
    proc | sysfs | devtmpfs | devpts | cgroup* | securityfs | pstore | bpf | mqueue | hugetlbfs | tracefs | debugfs | configfs) continue ;;
    ramfs | rpc_pipefs | nsfs | efivarfs | fusectl | binfmt_misc | autofs | squashfs | iso9660 | erofs) continue ;;
    nfs* | cifs | smb* | ceph* | 9p | fuse* | afs | glusterfs) continue ;;
  esac
  case $mount in
    / ) ;;
    /proc/* | /sys/* | /dev/* | /run/* | /proc | /sys | /dev | /run) continue ;;
    *) [ "$type" = overlay ] && continue ;;
  esac
  # A file that is mounted over another is no disk.
  [ -d "$mount" ] && stat -f -c 'disk=%b %f %a %S %c %d %n' "$mount" 2>/dev/null
done < /proc/self/mounts

if [ -d /run/systemd/system ] && systemctl --version > /dev/null 2>&1; then
  echo "systemd=$(systemctl is-system-running 2>/dev/null)"
  systemctl list-units --all --full --plain --no-legend --no-pager --state=failed | while read -r unit rest; do echo "failed=$unit"; done
  # What the targets that are reached want, and how that is.
  targets=$(systemctl list-units --full --plain --no-legend --no-pager --type=target --state=active | while read -r unit rest; do echo "$unit"; done)
  wanted=$(systemctl show --property=Wants --property=Requires --value -- $targets)
  echo "units"
  systemctl show --property=Id --property=LoadState --property=ActiveState --property=Type --property=Restart \
    --property=TriggeredBy --property=ConditionResult --property=ConditionTimestampMonotonic --property=ExecMainCode -- $wanted
  echo
  echo "end"
fi

if [ -r /var/lib/nixwright/keys ]; then
  while IFS= read -r path; do [ -e "$path" ] || echo "missing-key=$path"; done < /var/lib/nixwright/keys
fi

guard=/run/nixwright/guard
if [ -e $guard/pending ] && [ -s $guard/process ] && kill -0 "$(cat $guard/process)" 2>/dev/null; then echo "guard=waits"; fi
if [ -e $guard/back ] && [ -s $guard/process ] && kill -0 "$(cat $guard/process)" 2>/dev/null; then echo "guard=returns"; fi
echo "done=yes"
