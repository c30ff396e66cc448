# Taking sandboxes down: `sandbox DIR down` and `sandbox sweep`. Both may be repeated, and both work
# when processes of the sandbox were killed or its folder was deleted before: all they need is in
# the sandbox's entry in /run. The folder itself stays, with its logs.

take_down() { # DIR
  local entry
  for entry in "$registry"/*; do
    [ -f "$entry" ] && read -r dir < "$entry" && [ "$dir" = "$1" ] && take_down_entry "$entry"
  done
  dir=$1
}

take_down_entry() { # FILE
  local entry=$1 keeper then nix watchdog pids started waiting=() tries=0
  exec {down_lock}> "$registry/.lock-${entry##*/}"
  flock "$down_lock"
  if { read -r dir; read -r _; read -r keeper then; read -r nix; read -r watchdog; } 2> /dev/null < "$entry"; then
    # The watchdog may be who called; another one would only wait for our lock.
    if [ "${watchdog%% *}" != $$ ] && alive $watchdog; then
      kill -s KILL "${watchdog%% *}"
      waiting+=("${watchdog%% *}")
    fi
    if alive "$keeper" "$then"; then
      kill -s KILL "$keeper"
      waiting+=("$keeper")
    fi
    # Processes that `run` left behind may go on forking while they are looked for.
    while [ $tries -lt 20 ] && pids=$(deployer_processes "$nix") && [ -n "$pids" ]; do
      kill -s KILL $pids 2> /dev/null
      wait_for_end 10 $pids
      tries=$((tries + 1))
    done
    [ ${#waiting[@]} = 0 ] || wait_for_end 20 "${waiting[@]}" ||
      echo "sandbox: processes of $dir did not end within 20 s: ${waiting[*]}" >&2
    remove_cgroups "nixwright-${entry##*/}"
    rm -f "$dir/id" "$dir/keeper" "$dir/power" "$entry"
  fi
  rm -f "$registry/.lock-${entry##*/}"
  exec {down_lock}>&-
}

# Every process in the keeper's mount namespace shows its /nix as the keeper's own one.
deployer_processes() { # MOUNT
  local f
  [ -n "$1" ] || return 0
  for f in $(grep -lsF -- " $1 " /proc/[0-9]*/mountinfo); do
    f=${f#/proc/}
    echo "${f%/mountinfo}"
  done
}

remove_cgroups() { # NAME
  local tree kind
  while read -r _ tree kind _; do
    if [ "$kind" = cgroup2 ]; then
      [ ! -d "$tree/$1" ] || find "$tree/$1" -depth -type d -exec rmdir {} +
      return
    fi
  done < /proc/self/mounts
  # The tree is mounted nowhere on this computer: look at it in a mount namespace of our own.
  grep -qw cgroup2 /proc/filesystems || return 0
  unshare --mount sh -c 'mount -t cgroup2 cgroup /mnt 2> /dev/null || exit 0
    [ ! -d "/mnt/$1" ] || find "/mnt/$1" -depth -type d -exec rmdir {} +' sh "$1"
}

# Takes down every sandbox whose owner is gone, and those whose keeper is gone.
sweep() {
  local entry owner owner_start keeper then
  for entry in "$registry"/*; do
    [ -f "$entry" ] || continue
    { read -r dir && read -r owner owner_start && read -r keeper then; } < "$entry" || continue
    if alive "$keeper" "$then" && { [ "$owner" = none ] || alive "$owner" "$owner_start"; }; then continue; fi
    echo "sandbox: taking down $dir, whose owner is gone" >&2
    take_down_entry "$entry"
  done
  # Control groups whose sandbox is not in /run any more; those with processes cannot be removed.
  local group
  for group in $(awk '$3 == "cgroup2" { print $2; exit }' /proc/self/mounts)/nixwright-*; do
    [ ! -d "$group" ] || [ -e "$registry/${group##*/nixwright-}" ] || remove_cgroups "${group##*/}"
  done
}
