# Runs switch-to-configuration on a machine so that a lost connection cannot end it: detached, its words and its exit
# status kept in a folder below /run, where whoever comes back finds them. Plain POSIX sh, for systemd, busybox and dash.
# Called as `sh -c THIS sh VERB …`; what it is told arrives as arguments, never as text of this script.
#
#   start PROGRAM ACTION   begins it; does nothing when just this is running already; 75 when something else is
#   follow LINES           prints its words from the given line on until it ends, then ends with its status
#   stop                   ends it with everything it started
folder=/run/nixwright/activation
unit=nixwright-activation

running() {
  [ -d $folder ] && [ ! -s $folder/status ] && [ -s $folder/process ] && kill -0 "$(cat $folder/process)" 2>/dev/null
}

case $1 in
  start)
    if running; then
      [ "$(cat $folder/what)" = "$2 $3" ] && exit 0
      echo "another activation is running: $(cat $folder/what)" >&2
      exit 75
    fi
    rm -rf $folder && mkdir -p -m 700 /run/nixwright && mkdir $folder || exit 1
    echo "$2 $3" > $folder/what
    : > $folder/words
    # Only what the shell itself can do: this may run where PATH leads nowhere.
    # In a file, because systemd-run would take the dollar signs of an argument for its own.
    echo 'echo $$ > "$1/process"; "$2" "$3" >> "$1/words" 2>&1 < /dev/null; echo $? > "$1/status"' > $folder/body
    if [ -d /run/systemd/system ]; then
      systemd-run --quiet --collect --no-ask-password --service-type=exec --unit=$unit -E LOCALE_ARCHIVE \
        -E NIXOS_INSTALL_BOOTLOADER= /bin/sh $folder/body $folder "$2" "$3" || exit 1
    else
      NIXOS_INSTALL_BOOTLOADER= setsid /bin/sh $folder/body $folder "$2" "$3" < /dev/null > /dev/null 2>&1 &
    fi
    tries=100
    while [ ! -s $folder/process ] && [ $tries -gt 0 ]; do sleep 0.05; tries=$((tries - 1)); done
    ;;
  follow)
    line=$2
    while :; do
      # Asked before the words are read: what is said after this was said before the end, too.
      status=
      [ -s $folder/status ] && status=$(cat $folder/status)
      [ -n "$status" ] || running || status=gone
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
  stop)
    running || exit 0
    process=$(cat $folder/process)
    if [ -d /run/systemd/system ]; then systemctl kill --signal=KILL $unit; else kill -s KILL -- "-$process"; fi
    # Its lock goes with its last process.
    tries=100
    while kill -0 "$process" 2>/dev/null && [ $tries -gt 0 ]; do sleep 0.05; tries=$((tries - 1)); done
    ;;
esac
