# `sandbox DIR up`: makes the folder, starts the keeper when it is not there yet, prepares the
# machines' disks, powers them on together and returns when each one answers on port 22.
. "$here/parts/requirements.sh"
. "$here/parts/disk.sh"
. "$here/parts/power.sh"

verb_up() {
  local init=light nix= from= owner=$PPID limit=30
  local -a names=()
  while [ $# -gt 0 ]; do
    case $1 in
      --init) init=${2-}; shift ;;
      --nix) nix=${2-}; shift ;;
      --from) from=${2-}; shift ;;
      --owner) owner=${2-}; shift ;;
      --limit) limit=${2-}; shift ;;
      -*) die "up has no option '$1' (see: sandbox help)" ;;
      *) names+=("$1") ;;
    esac
    shift
  done
  case $init in light | systemd) ;; *) die "--init is light or systemd, not '$init'" ;; esac
  check_requirements "$init"
  if [ -z "$nix" ]; then nix=$(type -P nix) && nix=${nix%/*}; fi
  [ -x "$nix/nix-store" ] || die "there is no program nix-store in '$nix'"

  mkdir -p "$dir" || exit 125
  # The lock is held on a file descriptor that the machines do not inherit.
  exec {lock}> "$dir/lock"
  flock "$lock"
  keeper_alive || start_keeper "$owner"
  local n
  for n in "${names[@]}"; do
    [[ $n =~ ^[a-z][a-z0-9-]{0,62}$ ]] || die "'$n' cannot be a machine's name: small letters, digits and '-' are allowed"
    [ ! -e "$dir/machines/$n" ] || die "there is already a machine '$n' in $dir"
  done
  for n in "${names[@]}"; do give_address "$n"; done
  local -a jobs=()
  for n in "${names[@]}"; do
    printf '%s\n' "$init" > "$dir/machines/$n/init"
    printf '%s\n' "$nix" > "$dir/machines/$n/nix"
    prepare_disk "$n" "$from" & jobs+=($!)
  done
  local i=0
  for n in "${names[@]}"; do
    wait "${jobs[i++]}" && continue
    forget_machine "$n"
    die "the disk of machine '$n' could not be prepared"
  done
  exec {lock}>&-
  power_on "${names[@]}"
  wait_for_ssh "$limit" "${names[@]}"
  for n in "${names[@]}"; do echo "$n $(<"$dir/machines/$n/address")"; done
}

# Takes the next free number; number and address stay with the name as long as the folder lives.
give_address() {
  local last=0 f number m=$dir/machines/$1
  for f in "$dir"/machines/*/number; do
    [ -f "$f" ] && number=$(<"$f") && [ "$number" -gt "$last" ] && last=$number
  done
  number=$((last + 1))
  [ "$number" -le 1000 ] || die "a Linux bridge has room for 1000 machines"
  mkdir -p "$m/disk" "$m/root" "$m/faults"
  echo "10.42.$((number / 250)).$((number % 250 + 1))" > "$m/address"
  printf '02:00:00:00:%02x:%02x\n' $((number / 256)) $((number % 256)) > "$m/mac"
  echo "$number" > "$m/number"
  # Appended, not replaced: the file is bound on the deployer's /etc/hosts.
  echo "$(<"$m/address") $1" >> "$dir/deployer/hosts"
}

# So that the same name can be tried again.
forget_machine() {
  nsenter --mount="/proc/$keeper/ns/mnt" umount "$dir/machines/$1/disk"
  rm -rf "$dir/machines/$1"
}

# The order matters when something dies in between: the keeper is written down before it is used,
# and its watchdog starts before any machine does.
start_keeper() {
  local owner=$1 id d=$dir/deployer
  # A keeper that died leaves its folder behind; begin with nothing that it wrote about machines.
  . "$here/parts/down.sh"
  take_down "$dir"
  rm -rf "$dir/machines" "$dir/power" "$dir/keeper"
  mkdir -p "$dir/machines" "$d/home/.ssh" "$d/nix" "$d/etc-nix" "$registry" /nix /etc/nix
  chmod 700 "$d/home" "$d/home/.ssh"
  id=$(od -An -N4 -tx4 /dev/urandom); id=${id# }
  echo "$id" > "$dir/id"
  mkfifo "$dir/power"
  printf '127.0.0.1 localhost\n10.42.0.1 deployer\n' > "$d/hosts"
  # ssh looks for ~ in the password file and not in $HOME.
  sed "s|^\(root:[^:]*:0:[^:]*:[^:]*\):[^:]*:|\1:$d/home:|" /etc/passwd > "$d/passwd"
  nix_settings > "$d/etc-nix/nix.conf"
  [ -f "$d/home/.ssh/id_ed25519" ] || ssh-keygen -q -t ed25519 -N '' -C deployer -f "$d/home/.ssh/id_ed25519"

  # The keeper says one line when it is ready; end of file means that it died.
  local answer=
  read -r -t 10 answer < <(
    exec {lock}>&-
    exec setsid unshare --net --mount --propagation slave --pid --fork --kill-child \
      "$here/parts/keeper" "$dir" "$here" < /dev/null 2> "$dir/keeper.log"
  )
  if [ "$answer" != ready ] || ! keeper_alive; then
    unable "the sandbox's namespaces and network cannot be made here: $(tr '\n' ' ' < "$dir/keeper.log")"
  fi
  local owner_start=- watchdog=
  if [ "$owner" != none ]; then
    start_time "$owner" || die "the owner, process $owner, does not exist"
    owner_start=$started
    setsid perl "$here/parts/watchdog" "$owner" "$owner_start" "$keeper" "$here/sandbox" "$dir" \
      < /dev/null >> "$dir/keeper.log" 2>&1 {lock}>&- &
    watchdog=$!
    disown
    start_time $watchdog && watchdog+=" $started"
  fi
  printf '%s\n' "$dir" "$owner $owner_start" "$(<"$dir/keeper")" "$(<"$dir/nix-mount")" "$watchdog" > "$registry/$id"
}
