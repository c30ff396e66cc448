# Switching machines on and off in an orderly way, and waiting until they answer.

power_on() { # NAME…
  local n
  for n in "$@"; do
    rm -f "$dir/machines/$n/off" "$dir/machines/$n/broken"
    # Opened for both directions, the FIFO never blocks.
    echo "$n" 1<> "$dir/power"
  done
}

wait_for_ssh() { # LIMIT NAME…: fails, and shows the log, when one does not answer
  local limit=$1 n failed
  shift
  [ $# -gt 0 ] || return 0
  failed=$(nsenter --net="/proc/$keeper/ns/net" perl "$here/parts/wait-for-ssh" "$limit" "$dir" "$@") && return
  for n in $failed; do
    echo "sandbox: machine '$n' did not answer on port 22 within $limit s; the end of its log ($dir/machines/$n/log):" >&2
    tail -n 20 "$dir/machines/$n/log" 2> /dev/null | sed 's/^/  | /' >&2
  done
  exit 125
}

# Sets $supervisor to the process that keeps the machine powered.
supervised() { # NAME
  { read -r supervisor then < "$dir/machines/$1/supervisor"; } 2> /dev/null && alive "$supervisor" "$then"
}

verb_start() {
  need_keeper; need_machine "${1-}"
  local supervisor then
  # A machine that is about to be off must be off before it can be switched on.
  if [ -e "$m/off" ] && supervised "$1"; then wait_for_end 20 "$supervisor"; fi
  supervised "$1" || power_on "$1"
  wait_for_ssh 30 "$1"
}

# Asks PID 1 and, when it does not obey, pulls the plug. Asked again, because a machine that is just
# about to boot does not listen yet.
verb_stop() {
  need_keeper; need_machine "${1-}"
  local supervisor then tries
  supervised "$1" || return 0
  touch "$m/off"
  for tries in 0.5 2 3 5 5; do
    if init_pid "$1"; then ask "$pid" RTMIN+4 USR2; fi
    wait_for_end $tries "$supervisor" && return
  done
  if init_pid "$1"; then kill -s KILL "$pid"; fi
  wait_for_end 10 "$supervisor" || die "machine '$1' did not go off"
}

ask() { # PID SIGNAL-OF-SYSTEMD SIGNAL-OF-THE-LIGHT-INIT
  case $(<"$m/init") in systemd) kill -s "$2" "$1" ;; *) kill -s "$3" "$1" ;; esac 2> /dev/null
}

verb_reboot() {
  need_keeper; need_machine "${1-}"
  init_pid "$1" || die "machine '$1' is off"
  ask "$pid" RTMIN+5 TERM
  wait_for_end 30 "$pid" || die "machine '$1' did not go down for its reboot"
  wait_for_ssh 30 "$1"
}

# Returns when the machine answers; with a boot id, only when it does so in another boot.
verb_await() { # NAME [BOOT-ID]
  need_keeper; need_machine "${1-}"
  local end=$((SECONDS + 30))
  while [ -n "${2-}" ] && init_pid "$1" && [ "$(cat "$m/boot-id")" = "$2" ]; do
    wait_for_end $((end - SECONDS)) "$pid" || die "machine '$1' is still in the boot $2"
  done
  wait_for_ssh 30 "$1"
}
