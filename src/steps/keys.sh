# Keys on a machine. What it is told comes on standard input, one field a line: nothing secret is an argument.
#   look            paths; for each it says the digest, the mode and the owner of the file, or `-`
#   put early|late  keys: path, mode, user, group, whether folders are made, the key in base64
#   list            names the keys that this script ever put there
#   prune           the paths that are to stay; the others that this script ever put there are removed and named
set -u
umask 077
list=/var/lib/nixwright/keys

# A folder for keys that is not there yet. /run/keys is the one that NixOS makes itself, for the group of that name.
make_folder() {
  [ -d "$1" ] && return 0
  if [ "$1" = /run/keys ]; then
    mkdir -m 0750 "$1" || return 1
    chgrp keys "$1" 2>/dev/null || true
  else
    (umask 022 && mkdir -p "$1")
  fi
}

case $1 in
look)
  while IFS= read -r path; do
    if [ -f "$path" ] && digest=$(sha256sum < "$path"); then
      echo "${digest%% *} $(stat -c '%a %U %G' "$path")"
    else
      echo -
    fi
  done
  ;;
put)
  (umask 022 && mkdir -p "${list%/*}") && touch "$list" || exit 1
  while IFS= read -r path && read -r mode && IFS= read -r user && IFS= read -r group && read -r folders && IFS= read -r text; do
    folder=${path%/*}
    if [ "$folders" = yes ]; then
      make_folder "${folder:-/}" || exit 1
    fi
    [ -d "$path" ] && { echo "$path is a folder" >&2; exit 1; }
    new=$path.nixwright-new
    # A file of our own: in a folder that others may write to, what lies there may be a link to somewhere else.
    rm -f "$new"
    printf %s "$text" | (set -C && base64 -d > "$new") || { rm -f "$new"; exit 1; }
    # Whoever may read it may read it only once it is whole and has its owner.
    if ! said=$(chown -h "$user:$group" "$new" 2>&1); then
      # Before an activation the owner may not exist yet; the activation gives the key to the owner.
      [ "$2" = early ] || { rm -f "$new"; echo "$said" >&2; exit 1; }
    fi
    chmod "$mode" "$new" && mv -f "$new" "$path" || { rm -f "$new"; exit 1; }
    grep -qxF -- "$path" "$list" || echo "$path" >> "$list"
  done
  ;;
list)
  cat "$list" 2>/dev/null
  exit 0
  ;;
prune)
  [ -e "$list" ] || exit 0
  stay=$(cat)
  while IFS= read -r path; do
    if printf '%s\n' "$stay" | grep -qxF -- "$path"; then
      echo "$path" >&3
    else
      rm -f "$path" && echo "$path"
    fi
  done < "$list" 3> "$list.new"
  mv -f "$list.new" "$list"
  ;;
esac
