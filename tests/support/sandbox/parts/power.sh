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

supervised() { # NAME
  local pid then
  { read -r pid then < "$dir/machines/$1/supervisor"; } 2> /dev/null && alive "$pid" "$then"
}

verb_start() {
  need_keeper; need_machine "${1-}"
  supervised "$1" || power_on "$1"
  wait_for_ssh 30 "$1"
}

# Asks PID 1 and, when it does not obey, pulls the plug.
verb_stop() {
  need_keeper; need_machine "${1-}"
  local supervisor then
  read -r supervisor then < "$m/supervisor" 2> /dev/null || return 0
  touch "$m/off"
  if init_pid "$1"; then
    case $(<"$m/init") in systemd) kill -s RTMIN+4 "$pid" ;; *) kill -s USR2 "$pid" ;; esac
    perl "$here/parts/wait-for-end" 15 "$pid" || kill -s KILL "$pid"
  fi
  perl "$here/parts/wait-for-end" 10 "$supervisor" || die "machine '$1' did not go off"
}

verb_reboot() {
  need_keeper; need_machine "${1-}"
  init_pid "$1" || die "machine '$1' is off"
  case $(<"$m/init") in systemd) kill -s RTMIN+5 "$pid" ;; *) kill -s TERM "$pid" ;; esac
  perl "$here/parts/wait-for-end" 30 "$pid" || die "machine '$1' did not go down for its reboot"
  wait_for_ssh 30 "$1"
}
