# `sandbox DIR run` and `sandbox DIR in`: a command as the deployer, and one on a machine's
# console. Both only enter namespaces that exist and replace themselves by the command, so that
# they are quick and the exit status is the command's own.

# Variables that would lead nix, ssh or a program back to the caller's own settings.
foreign=(-u SSH_AUTH_SOCK -u SSH_AGENT_PID -u NIX_REMOTE -u NIX_CONF_DIR -u NIX_USER_CONF_FILES
  -u NIX_STORE_DIR -u NIX_STATE_DIR -u NIX_SSHOPTS -u NIX_CONFIG -u NIX_PROFILES
  -u XDG_CONFIG_HOME -u XDG_DATA_HOME -u XDG_STATE_HOME -u XDG_CACHE_HOME -u XDG_RUNTIME_DIR)

verb_run() {
  local path=$PATH
  if [ "${1-}" = --nix ]; then
    [ -x "${2-}/nix" ] || die "there is no program nix in '${2-}'"
    path=$2:$path
    shift 2
  fi
  [ $# -gt 0 ] || die "the command to run is missing"
  need_keeper
  exec nsenter --net="/proc/$keeper/ns/net" --mount="/proc/$keeper/ns/mnt" -- \
    env -C "$PWD" "${foreign[@]}" HOME="$dir/deployer/home" PATH="$path" "$@"
}

verb_in() {
  need_machine "${1-}"
  init_pid "$1" || die "machine '$1' is off"
  local system=/run/current-system/sw/bin
  shift
  [ $# -gt 0 ] || set -- /bin/sh
  exec nsenter -t "$pid" -m -u -i -n -p -C -r -w -- \
    env -i HOME=/root USER=root LANG=C.UTF-8 TERM="${TERM:-dumb}" \
    PATH="/sandbox/bin:/sandbox/nix/bin:$system:/usr/sbin:/usr/bin:/sbin:/bin" "$@"
}
