# What a machine is asked, and told, around a reboot. Plain POSIX sh; what it is told arrives as arguments.
#   facts SYSTEM   which boot this is, what was booted, what runs, and what of SYSTEM only a reboot brings in
#   reboot         begins it, and returns before the machine goes down
case $1 in
facts)
  echo "boot=$(cat /proc/sys/kernel/random/boot_id)"
  booted=$(readlink -f /run/booted-system)
  current=$(readlink -f /run/current-system)
  echo "booted=$booted"
  echo "current=$current"
  # A machine that NixOS did not boot says nothing of what it booted.
  if [ -d "$booted" ]; then
    for part in kernel initrd kernel-modules; do
      { [ -e "$2/$part" ] || [ -e "$booted/$part" ]; } || continue
      [ "$(readlink -f "$2/$part")" = "$(readlink -f "$booted/$part")" ] || echo "changed=$part"
    done
    for part in kernel-params init-interface-version; do
      [ "$(cat "$2/$part" 2>/dev/null)" = "$(cat "$booted/$part" 2>/dev/null)" ] || echo "changed=$part"
    done
  fi
  # As switch-to-configuration asks before it refuses with status 100.
  if [ -e "$current/init-interface-version" ]; then
    [ "$(cat "$current/init-interface-version")" = "$(cat "$2/init-interface-version" 2>/dev/null)" ] || echo "refused=yes"
  fi
  ;;
reboot)
  if [ -d /run/systemd/system ]; then systemctl reboot; else reboot; fi
  ;;
esac
