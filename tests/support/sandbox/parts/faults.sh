# Faults: what `sandbox DIR fault MACHINE KIND [ARG]` does. Faults of the network are made on the
# deployer's side of the cable, where no activation can undo them and where they last over a
# reboot. Also sourced by parts/boot, which puts the lasting ones back in place.

fabric_here() { nsenter --net="/proc/$keeper/ns/net" "$@"; }

# The link's own faults live on a network card, which every boot makes anew.
apply_link_faults() { # COMMAND that runs in the fabric; uses $m and $port
  if [ -f "$m/faults/slow" ]; then
    $1 tc qdisc replace dev "$port" root tbf rate "$(<"$m/faults/slow")" burst 32kbit latency 200ms
  fi
  if [ -f "$m/faults/linkdown" ]; then $1 ip link set "$port" down; else $1 ip link set "$port" up; fi
}

# Rules lie in a chain of the machine's own, so that they are taken away together.
rule() { # PROTOCOL-MATCH… -j TARGET
  if ! fabric_here iptables -w -n -L "$port-out" > /dev/null 2>&1; then
    fabric_here iptables -w -N "$port-out" && fabric_here iptables -w -I OUTPUT -d "$address" -j "$port-out" &&
      fabric_here iptables -w -N "$port-in" && fabric_here iptables -w -I INPUT -s "$address" -j "$port-in"
  fi
  fabric_here iptables -w "$@"
}

# Process ids, as seen from here, of the machine's sshd: the listener first with `all`.
sshd_pids() { # all | connections
  inside sh -c 'listener=$(cat /run/sshd.pid)
    [ "$0" = connections ] || echo $listener
    for p in $(pgrep -x sshd) $(pgrep -x sshd-session); do [ "$p" = "$listener" ] || echo $p; done' "$1"
}
inside() { nsenter -t "$pid" -m -u -i -n -p -C -r -w -- env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin "$@"; }

machine_processes() {
  local namespace; namespace=$(readlink "/proc/$pid/ns/pid")
  # The link reads pid:[1234]; brackets mean something else in a pattern.
  find /proc/[0-9]*/ns/pid -maxdepth 0 -lname "pid:?${namespace//[^0-9]/}?" 2> /dev/null | cut -d/ -f3
}

verb_fault() {
  need_keeper; need_machine "${1-}"
  local name=$1 kind=${2-} arg=${3-} port address pid= disk p
  port=m$(<"$m/number"); address=$(<"$m/address"); disk=$(disk_of "$name")
  mkdir -p "$m/faults"
  case $kind in
    linkdown | linkup | drop | undrop | dropnew | reject | slow | fast | off | on | diskfull | diskfree | bootloader-ok) init_pid "$name" || : ;;
    *) init_pid "$name" || die "machine '$name' is off: '$kind' needs it running" ;;
  esac
  case $kind in
    linkdown) touch "$m/faults/linkdown"; fabric_here ip link set "$port" down ;;
    linkup) rm -f "$m/faults/linkdown"; fabric_here ip link set "$port" up ;;
    drop) rule -A "$port-out" -j DROP && rule -A "$port-in" -j DROP ;;
    dropnew) rule -A "$port-out" -p tcp --syn -j DROP ;;
    reject) rule -A "$port-out" -p tcp --dport 22 -j REJECT --reject-with tcp-reset ;;
    undrop) rule -F "$port-out" && rule -F "$port-in" ;;
    slow) [ -n "$arg" ] || die "slow needs a rate, such as 8mbit"
      echo "$arg" > "$m/faults/slow"; apply_link_faults fabric_here ;;
    fast) rm -f "$m/faults/slow"; fabric_here tc qdisc del dev "$port" root 2> /dev/null || : ;;
    killsshd) inside kill -KILL $(sshd_pids all) ;;
    killconns) p=$(sshd_pids connections); [ -z "$p" ] || inside kill -KILL $p ;;
    freeze) kill -s STOP $(machine_processes); kill -s STOP $(machine_processes) ;;
    thaw) kill -s CONT $(machine_processes) ;;
    diskfull) fill_disk "${arg:-64k}" ;;
    diskfree) fabric_mount remount,size=50% ;;
    power) cut_power ;;
    off) . "$here/parts/power.sh"; stay_off ;;
    on) . "$here/parts/power.sh"; verb_start "$name" ;;
    newhostkey)
      rm -f "$disk"/etc/ssh/ssh_host_ed25519_key*
      ssh-keygen -q -t ed25519 -N '' -C "root@$name" -f "$disk/etc/ssh/ssh_host_ed25519_key"
      reload_sshd ;;
    refusekeys) echo 'AuthorizedKeysFile none' > "/proc/$pid/root/sandbox/sshd_faults"; reload_sshd ;;
    acceptkeys) rm -f "/proc/$pid/root/sandbox/sshd_faults"; reload_sshd ;;
    sudo)
      . "$here/parts/disk.sh"
      sudo_rules "$arg" "$disk" || die "sudo is never, free or password" ;;
    bootloader-fail) touch "$m/faults/bootloader-fail"; inside mount -o remount,bind,ro /boot ;;
    bootloader-ok) rm -f "$m/faults/bootloader-fail"; [ -z "$pid" ] || inside mount -o remount,bind,rw /boot ;;
    *) die "'$kind' is no fault (see: sandbox help)" ;;
  esac
}

# A machine between two boots has no processes yet, and the boot that is about to begin has not read the note: asked
# again until nothing supplies it with power.
stay_off() {
  local supervisor then tries
  touch "$m/off"
  for tries in {1..40}; do
    supervised "$name" || return 0
    if init_pid "$name"; then cut_power; fi
    wait_for_end 0.25 "$supervisor" && return
  done
  die "machine '$name' did not go off"
}

# No goodbye is sent: the cable goes first.
cut_power() {
  fabric_here ip link set "$port" down
  touch "$m/cut"
  kill -s KILL "$pid"
  wait_for_end 10 "$pid"
}

fabric_mount() { nsenter --mount="/proc/$keeper/ns/mnt" mount -o "$1" "$m/disk"; }

fill_disk() { # SIZE that stays free
  local blocks unused size free
  # df would look for the disk among the mounts of this namespace.
  read -r blocks unused size < <(stat -f -c '%b %f %S' "$disk")
  free=$(numfmt --from=iec "${1^^}") || die "diskfull needs the size that stays free, such as 64k"
  fabric_mount "remount,size=$(((blocks - unused) * size + free))"
}

# sshd writes its pid file again when it listens again: until then a login would be refused.
reload_sshd() {
  inside sh -c 'pid=$(cat /run/sshd.pid) && rm /run/sshd.pid && kill -HUP "$pid" || exit 1
    i=0; while [ ! -s /run/sshd.pid ] && [ $i -lt 500 ]; do sleep 0.01; i=$((i + 1)); done; [ -s /run/sshd.pid ]' ||
    die "sshd of machine '$name' did not come back"
}
