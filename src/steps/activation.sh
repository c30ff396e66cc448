# Runs switch-to-configuration on a machine so that a lost connection cannot end it: detached, its words and its exit
# status kept in a folder below /run, where whoever comes back finds them. A guarded one also watches over itself: the
# machine goes back to what ran before, whatever became of the deployer, unless somebody confirms in time. One rename decides
# between the two. Nothing of this is on a disk: after a reset the machine boots the earlier system anyway.
# Plain POSIX sh, for systemd, busybox and dash. Called as `sh -c THIS sh VERB …`; what it is told arrives as arguments,
# never as text of this script.
#
#   start PROGRAM ACTION    begins it; does nothing when just this is running already; 75 when something else is
#   guarded PROGRAM ACTION THIS PREVIOUS LIMIT SECONDS
#                           the same, guarded: goes back to the system PREVIOUS when it fails, when it takes more than LIMIT
#                           seconds, or when nobody confirms within SECONDS after its end; 78 when PREVIOUS is gone, 79
#                           while the machine goes back from an earlier one
#   follow NAME LINES       prints the words of the `activation`, or of the `return`, from the given line on until it ends,
#                           then ends with its status
#   runs SYSTEM             whether it runs, and its last activation, as far as that is remembered, ended well
#   confirm SYSTEM          prints the system that runs, and keeps it if it is SYSTEM; 3 when the machine goes back or went
#   back PREVIOUS           begins the return, unless that has begun
#   forget                  there is no way back any more
base=/run/nixwright
guard=$base/guard
root=/nix/var/nix/gcroots/nixwright-previous

now() {
  read -r seconds rest < /proc/uptime
  echo "${seconds%%.*}"
}

alive() {
  [ -s "$1" ] && kill -0 "$(cat "$1")" 2>/dev/null
}

running() {
  [ ! -s $base/$1/status ] && alive $base/$1/process
}

# Calls a command again and again for some ten seconds, until it succeeds.
within() {
  tries=200
  until "$@" || [ $tries = 0 ]; do sleep 0.05; tries=$((tries - 1)); done
}

launched() {
  [ -s $base/$1/process ]
}

unwatched() {
  ! alive $guard/process
}

# NAME PROGRAM ACTION: begins it, detached.
launch() {
  rm -rf "${base:?}/$1" && mkdir -p -m 700 $base && mkdir $base/$1 || return 1
  echo "$2 $3" > $base/$1/what
  : > $base/$1/words
  # Only what the shell itself can do: this may run where PATH leads nowhere.
  # In a file, because systemd-run would take the dollar signs of an argument for its own.
  echo 'echo $$ > "$1/process"; "$2" "$3" >> "$1/words" 2>&1 < /dev/null; echo $? > "$1/status"' > $base/$1/body
  if [ -d /run/systemd/system ]; then
    systemd-run --quiet --collect --no-ask-password --service-type=exec --unit=nixwright-$1 -E LOCALE_ARCHIVE \
      -E NIXOS_INSTALL_BOOTLOADER= /bin/sh $base/$1/body $base/$1 "$2" "$3" || return 1
  else
    NIXOS_INSTALL_BOOTLOADER= setsid /bin/sh $base/$1/body $base/$1 "$2" "$3" < /dev/null > /dev/null 2>&1 &
  fi
  within launched "$1"
}

# NAME: ends it with everything it started. Its lock goes with its last process.
end() {
  running "$1" || return 0
  process=$(cat $base/$1/process)
  if [ -d /run/systemd/system ]; then systemctl kill --signal=KILL nixwright-$1; else kill -s KILL -- "-$process"; fi
  tries=100
  while kill -0 "$process" 2>/dev/null && [ $tries -gt 0 ]; do sleep 0.05; tries=$((tries - 1)); done
}

# PREVIOUS: what whoever renamed the marker does.
go_back() {
  end activation
  for try in 1 2 3; do
    launch return "$1/bin/switch-to-configuration" test
    while running return; do sleep 0.1; done
    # Units that fail in the earlier system failed before, too.
    case $(cat $base/return/status 2>/dev/null) in 0 | 4) return ;; esac
    sleep 1
  done
}

busy() {
  running activation || running return || { [ -e $guard/pending ] && alive $guard/process; }
}

# PROGRAM ACTION: ends this script where an activation is there already.
only_one() {
  busy || return 0
  [ "$(cat $base/activation/what)" = "$1 $2" ] && [ ! -e $guard/back ] && exit 0
  echo "another activation is running: $(cat $base/activation/what)" >&2
  exit 75
}

case $1 in
  start)
    only_one "$2" "$3"
    launch activation "$2" "$3"
    ;;
  guarded)
    if [ -e $guard/back ] && { running return || alive $guard/process; }; then
      echo "it still goes back from an earlier activation" >&2
      exit 79
    fi
    only_one "$2" "$3"
    [ -x "$5/bin/switch-to-configuration" ] || { echo "the earlier system $5 is gone" >&2; exit 78; }
    # The watch of an earlier one that was confirmed must not take this one for its own.
    within unwatched
    rm -rf $guard $base/activation $base/return && mkdir -p -m 700 $base && mkdir $guard || exit 1
    printf '%s\n' "$4" > $guard/script && : > $guard/pending || exit 1
    # What runs is safe from the garbage collector; what ran before may be no generation of any profile.
    ln -sfn "$5" $base/previous && ln -sfn $base/previous $root
    if [ -d /run/systemd/system ]; then
      systemd-run --quiet --collect --no-ask-password --service-type=exec --unit=nixwright-guard -E LOCALE_ARCHIVE \
        -p OOMScoreAdjust=-900 -p TimeoutStopSec=1800 -p ExecStopPost="/bin/sh $guard/script died $5" \
        /bin/sh $guard/script watch "$5" "$6" "$7" "$2" "$3" || { rm -rf $guard; exit 1; }
    else
      setsid /bin/sh $guard/script watch "$5" "$6" "$7" "$2" "$3" < /dev/null > /dev/null 2>&1 &
    fi
    within launched activation
    ;;
  watch) # PREVIOUS LIMIT SECONDS PROGRAM ACTION
    PATH=$PATH:$2/sw/bin
    export PATH
    echo $$ > $guard/process
    launch activation "$5" "$6"
    last=$(($(now) + $3))
    while running activation && [ ! -e $guard/deadline ] && [ "$(now)" -lt $last ]; do sleep 0.1; done
    if [ "$(cat $base/activation/status 2>/dev/null)" = 0 ] && [ ! -e $guard/deadline ]; then
      last=$(($(now) + $4))
      while [ -e $guard/pending ] && [ ! -e $guard/deadline ] && [ "$(now)" -lt $last ]; do sleep 0.1; done
    fi
    mv $guard/pending $guard/back 2>/dev/null && go_back "$2"
    ;;
  died) # PREVIOUS
    PATH=$PATH:$2/sw/bin
    export PATH
    # Whoever asks for the way back waits for this one now.
    echo $$ > $guard/process
    mv $guard/pending $guard/back 2>/dev/null && go_back "$2"
    ;;
  follow)
    folder=$base/$2
    line=$3
    while :; do
      # Asked before the words are read: what is said after this was said before the end, too.
      status=
      [ -s $folder/status ] && status=$(cat $folder/status)
      [ -n "$status" ] || running "$2" || status=gone
      words=$(wc -l < $folder/words) || exit 76
      if [ "$words" -gt "$line" ]; then
        head -n "$words" $folder/words | tail -n +$((line + 1))
        line=$words
      fi
      case $status in
        '') sleep 0.1 ;;
        gone) [ -s $folder/status ] || exit 76 ;;
        *) exit "$status" ;;
      esac
    done
    ;;
  runs)
    [ "$(readlink -f /run/current-system)" = "$2" ] || exit 1
    # The link is set in the middle of an activation, and stays when that fails.
    [ "$(cat $base/activation/what 2>/dev/null)" != "$2/bin/switch-to-configuration test" ] ||
      [ "$(cat $base/activation/status 2>/dev/null)" = 0 ]
    ;;
  confirm)
    system=$(readlink -f /run/current-system)
    echo "$system"
    [ -e $guard/back ] && exit 3
    if [ -e $guard/pending ] && [ "$system" = "$2" ]; then
      mv $guard/pending $guard/confirmed 2>/dev/null || [ -e $guard/confirmed ] || exit 3
    fi
    ;;
  back)
    # The guard does it, so that it is done even when this connection is lost on the way.
    if [ -e $guard/pending ] && alive $guard/process; then
      : > $guard/deadline
      within [ -e $guard/back ]
    fi
    # Until it runs, and between its tries, nobody else begins one.
    while [ -e $guard/back ]; do
      running return && exit 0
      case $(cat $base/return/status 2>/dev/null) in 0 | 4) exit 0 ;; esac
      alive $guard/process || break
      sleep 0.05
    done
    mv $guard/pending $guard/back 2>/dev/null
    end activation
    launch return "$2/bin/switch-to-configuration" test
    ;;
  forget)
    rm -rf $guard $base/previous $root
    ;;
esac
