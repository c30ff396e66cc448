# What a new system may change, said by whoever has the system: a machine, of what it runs; this one, of what is to run there.
# Reads only. Plain POSIX sh. Called as `sh -c THIS sh VERB …`; all it is told are arguments.
#
#   system SYSTEM BOOTED   the unit files of a system, what pulls them in, and what of BOOTED only a boot can change
#   active                 the units that are active
#   room                   what is free where the store lies
case $1 in
  system)
    [ -e "$3" ] && echo booted
    for name in kernel initrd kernel-modules; do
      [ -e "$3/$name" ] && echo "boot $name $(readlink -f "$3/$name")"
    done
    [ -r "$3/kernel-params" ] && echo "boot kernel-params $(cat "$3/kernel-params")"
    [ -r "$2/init-interface-version" ] && echo "interface $(cat "$2/init-interface-version")"
    cd "$2/etc/systemd/system" 2>/dev/null || exit 0
    # One program for all files: a system has hundreds of them. Folders among them are not read.
    sha256sum -- *.* */*.conf 2>/dev/null | sed 's/^\(\\\{0,1\}[0-9a-f]*\) [ *]/unit \1 /'
    grep -E -H '^(X-[A-Za-z]*|RefuseManualStop|Wants|Requires|BindsTo|Upholds)=' -- *.* */*.conf 2>/dev/null | sed 's/^/line /'
    ls -d *.wants/* *.requires/* *.upholds/* 2>/dev/null | sed 's/^/pull /'
    ;;
  active)
    systemctl list-units --plain --no-legend --full --state=active,activating,reloading |
      while read -r name rest; do echo "active $name"; done
    ;;
  room)
    stat -f -c 'room %f %S %T' /nix/store
    ;;
esac
exit 0
