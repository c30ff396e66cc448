# Where everything of a sandbox lies inside its folder, and the small questions every part asks
# about it. Nothing here starts or changes a machine.
#
#   /run/nixwright-sandboxes/ID   what is needed to take it down: folder, owner, keeper, mount, watchdog
#   DIR/id                 eight hexadecimal digits, the sandbox's name in /run and in the cgroup tree
#   DIR/keeper             process id and start time of the keeper (PID 1 of the sandbox)
#   DIR/power              a FIFO: the keeper reads the names of machines to power on
#   DIR/deployer/          the deployer's home, nix (bound on /nix), hosts, passwd, nix.conf
#   DIR/machines/NAME/     address, number, init, disk/ (a tmpfs), root/ (a mount point), log, …

registry=/run/nixwright-sandboxes

die() { echo "sandbox: $*" >&2; exit 125; }

# A sandbox needs rights and programs that not every computer has; 77 is the exit status that
# test harnesses read as "skipped".
unable() { echo "sandbox: $*" >&2; exit 77; }

open_folder() {
  dir=$1
  case $dir in
    /*) ;;
    -*) die "the first argument is the sandbox's folder, not '$dir' (see: sandbox help)" ;;
    *) dir=$PWD/$dir ;;
  esac
  case $dir in *[[:space:]:,\\]*) die "the folder's path must not contain blanks, ':', ',' or '\\': $dir" ;; esac
}

# The start time (in clock ticks since boot) tells a process from a later one with the same id.
start_time() { # PID: sets $started, or fails when there is no such process
  local stat
  { read -r stat < "/proc/$1/stat"; } 2>/dev/null || return 1
  stat=${stat##*) }
  set -- $stat
  started=${20}
  [ "$1" != Z ] && [ "$1" != X ]
}

alive() { # PID STARTTIME
  start_time "${1:-0}" && [ "$started" = "${2-}" ]
}

keeper_alive() { # sets $keeper (process id)
  local then
  { read -r keeper then < "$dir/keeper"; } 2>/dev/null && alive "$keeper" "$then"
}

need_keeper() { keeper_alive || die "no sandbox is up in $dir (start it with: sandbox $dir up MACHINE…)"; }

# Sets $m to the machine's folder.
need_machine() {
  [ -n "${1-}" ] || die "the name of a machine is missing"
  m=$dir/machines/$1
  [ -f "$m/address" ] || die "the sandbox in $dir has no machine '$1' (it has: $(cd "$dir/machines" 2>/dev/null && echo *))"
}

# The machine's disk is mounted only in the keeper's mount namespace; this is the way there.
disk_of() { echo "/proc/$keeper/root$dir/machines/$1/disk"; }

# Sets $pid to the machine's PID 1 as seen from here; fails when the machine is off.
init_pid() {
  local then
  { read -r pid then < "$dir/machines/$1/init-pid"; } 2>/dev/null && alive "$pid" "$then"
}

wait_for_end() { perl "$here/parts/wait-for-end" "$@"; } # LIMIT PID…

machine_names() {
  local f
  for f in "$dir"/machines/*/number; do
    [ -f "$f" ] && echo "$(<"$f") $f"
  done | sort -n | while read -r _ f; do f=${f%/number}; echo "${f##*/}"; done
}

verb_machines() {
  local n
  for n in $(machine_names); do echo "$n $(<"$dir/machines/$n/address")"; done
}

verb_known_hosts() {
  need_keeper
  local n kind key
  for n in $(machine_names); do
    read -r kind key _ < "$(disk_of "$n")/etc/ssh/ssh_host_ed25519_key.pub"
    echo "$n,$(<"$dir/machines/$n/address") $kind $key"
  done
}
