# Taking sandboxes down: `sandbox DIR down` and `sandbox sweep`. Both may be repeated, and both work
# when processes of the sandbox were killed before. The folder itself stays, with its logs.

take_down() { # DIR
  dir=$1
  [ -d "$dir" ] || return 0
  local id nix unshare
  { read -r id < "$dir/id"; } 2> /dev/null || return 0
  local waiting=() pid tries=0
  exec {down_lock}> "$dir/down-lock"
  flock "$down_lock"
  # The watchdog ends by itself when the keeper does; it may also be who called.
  { read -r pid < "$dir/watchdog"; } 2> /dev/null && [ "$pid" != $$ ] && waiting+=("$pid")
  # Processes that `run` left behind are found by what is mounted on their /nix.
  if keeper_alive; then
    kill -s KILL "$keeper" 2> /dev/null
    waiting+=("$keeper")
  fi
  nix=$(cat "$dir/nix-mount" 2> /dev/null)
  while [ -n "$nix" ] && [ $tries -lt 20 ]; do
    pid=$(deployer_processes "$nix")
    [ -n "$pid" ] || break
    kill -s KILL $pid 2> /dev/null
    waiting+=($pid)
    tries=$((tries + 1))
    wait_for_end 10 $pid
  done
  [ ${#waiting[@]} = 0 ] || wait_for_end 20 "${waiting[@]}" ||
    echo "sandbox: processes of $dir did not end within 20 s: ${waiting[*]}" >&2
  remove_cgroups "nixwright-$id"
  rm -f "$registry/$id" "$dir/watchdog" "$dir/id" "$dir/keeper" "$dir/power" "$dir/nix-mount"
  exec {down_lock}>&-
}

# Every process in the keeper's mount namespace shows its /nix as the keeper's own one.
deployer_processes() { # MOUNT
  local f
  for f in $(grep -lsF -- " $1 " /proc/[0-9]*/mountinfo); do
    f=${f#/proc/}
    echo "${f%/mountinfo}"
  done
}

remove_cgroups() { # NAME
  local tree kind
  while read -r _ tree kind _; do
    [ "$kind" = cgroup2 ] && [ -d "$tree/$1" ] && find "$tree/$1" -depth -type d -exec rmdir {} + && return
  done < /proc/self/mounts
  grep -qw cgroup2 /proc/self/mounts && return
  # The tree is mounted nowhere on this computer: look at it in a mount namespace of our own.
  grep -qw cgroup2 /proc/filesystems && unshare --mount sh -c '
    mount -t cgroup2 cgroup /mnt && [ -d "/mnt/$1" ] && find "/mnt/$1" -depth -type d -exec rmdir {} +' sh "$1"
  :
}

# Takes down every sandbox whose owner is gone, and those whose keeper is gone.
sweep() {
  local f owner started
  for f in "$registry"/*; do
    [ -f "$f" ] || continue
    { read -r dir; read -r owner then; } < "$f"
    [ "$owner" != none ] && alive "$owner" "$then" && keeper_alive && continue
    [ "$owner" = none ] && keeper_alive && continue
    echo "sandbox: taking down $dir, whose owner is gone" >&2
    if [ -d "$dir" ]; then take_down "$dir"; fi
    remove_cgroups "nixwright-${f##*/}"
    rm -f "$f"
  done
}
