# The disk of a fresh machine: a tmpfs in the keeper's mount namespace with what a newly installed
# NixOS would have there. Nothing on it knows the deployer except root's authorized key.

nix_settings() {
  # NixOS' defaults, except that builds are not sandboxed (these already run in namespaces), that
  # there are no substituters and no build users, and that nobody waits for a real disk.
  printf '%s\n' 'sandbox = false' 'build-users-group =' 'substituters =' 'require-sigs = true' \
    'fsync-metadata = false'
}

prepare_disk() { # NAME SYSTEM
  local name=$1 from=$2 m=$dir/machines/$1 key disk
  key=$(<"$dir/deployer/home/.ssh/id_ed25519.pub")
  nsenter --mount="/proc/$keeper/ns/mnt" mount -t tmpfs -o mode=755 "$name" "$m/disk" || return
  disk=$(disk_of "$name")
  mkdir -p "$disk"/{nix/var/nix/profiles/per-user/root,nix/var/nix/gcroots,nix/store,etc/nix,etc/ssh,boot,home/deploy/.ssh,root/.ssh,var/empty,var/log,var/lib,var/tmp}
  chmod 700 "$disk/root" "$disk/root/.ssh" "$disk/home/deploy" "$disk/home/deploy/.ssh"
  chmod 1777 "$disk/var/tmp"
  ln -s /run "$disk/var/run"
  # Programs of Debian lead through /etc/alternatives.
  cp -a /etc/alternatives "$disk/etc/"
  cp /etc/services /etc/protocols /etc/ld.so.cache "$disk/etc/" 2> /dev/null
  : > "$disk/etc/NIXOS"
  echo "$name" > "$disk/etc/hostname"
  echo 'hosts: files' > "$disk/etc/nsswitch.conf"
  cp "$dir/deployer/hosts" "$disk/etc/hosts"
  printf 'ID=nixos\nNAME=NixOS\nPRETTY_NAME="NixOS 26.11 (sandbox)"\nVERSION_ID="26.11"\n' > "$disk/etc/os-release"
  printf '%s\n' 'root:x:0:0:System administrator:/root:/bin/sh' 'deploy:x:1000:100::/home/deploy:/bin/sh' \
    'sshd:x:105:65534::/var/empty:/bin/false' 'messagebus:x:106:106::/var/empty:/bin/false' \
    'nobody:x:65534:65534::/var/empty:/bin/false' > "$disk/etc/passwd"
  printf '%s\n' 'root:x:0:' 'tty:x:5:' 'wheel:x:1:deploy' 'users:x:100:' 'messagebus:x:106:' 'nogroup:x:65534:' > "$disk/etc/group"
  printf '%s:*:1::::::\n' root deploy sshd messagebus nobody > "$disk/etc/shadow"
  chmod 600 "$disk/etc/shadow"
  mkdir "$disk/etc/pam.d"
  printf '%s required %s.so\n' auth pam_unix account pam_unix session pam_permit > "$disk/etc/pam.d/sudo"
  sudo_rules never "$disk" || return
  nix_settings > "$disk/etc/nix/nix.conf"
  tr -d - < /proc/sys/kernel/random/uuid > "$disk/etc/machine-id"
  echo "$key" > "$disk/root/.ssh/authorized_keys"
  echo "$key" > "$disk/home/deploy/.ssh/authorized_keys"
  chown -R 1000:100 "$disk/home/deploy"
  ssh-keygen -q -t ed25519 -N '' -C "root@$name" -f "$disk/etc/ssh/ssh_host_ed25519_key" || return
  sshd_settings > "$m/sshd_config"
  [ -z "$from" ] || install_system "$name" "$from"
}

# Whether `deploy` may become root.
sudo_rules() { # never|free|password DISK
  # "correct horse"
  local hash='$6$nixwright$XElxU4ZTEguKiece7.5.S4NWtMj/qHEu8762CQBFkbSETxiwZnr7EJEXrFTo/ZJb3IrurYJkfyZr4xmGLP4Gp0'
  {
    echo 'Defaults secure_path="/sandbox/bin:/sandbox/nix/bin:/run/current-system/sw/bin:/usr/sbin:/usr/bin:/sbin:/bin"'
    echo 'root ALL=(ALL:ALL) ALL'
    case $1 in
      never) ;;
      free) echo 'deploy ALL=(ALL:ALL) NOPASSWD: ALL' ;;
      password) echo 'deploy ALL=(ALL:ALL) ALL' ;;
      *) return 1 ;;
    esac
  } > "$2/etc/sudoers.new"
  chmod 440 "$2/etc/sudoers.new" && mv "$2/etc/sudoers.new" "$2/etc/sudoers" || return
  sed -i "s|^deploy:[^:]*:|deploy:$hash:|" "$2/etc/shadow"
}

# Outside /etc, so that no activation changes how the tests reach the machine.
sshd_settings() {
  cat << 'CONF'
Include /sandbox/sshd_faults
ListenAddress 0.0.0.0
HostKey /etc/ssh/ssh_host_ed25519_key
PidFile /run/sshd.pid
AuthorizedKeysFile %h/.ssh/authorized_keys /etc/ssh/authorized_keys.d/%u
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
UsePAM no
UseDNS no
Subsystem sftp internal-sftp
SetEnv PATH=/sandbox/bin:/sandbox/nix/bin:/run/current-system/sw/bin:/usr/sbin:/usr/bin:/sbin:/bin
CONF
}

# Copies a system of the deployer's store to the new machine and makes it generation 1.
install_system() { # NAME SYSTEM
  local disk=$dir/machines/$1/disk said
  said=$("$here/sandbox" "$dir" run nix --extra-experimental-features nix-command \
    copy --no-check-sigs --to "local?root=$disk" "$2" 2>&1) || { echo "$said" >&2; return 1; }
  disk=$(disk_of "$1")
  ln -s "$2" "$disk/nix/var/nix/profiles/system-1-link" &&
    ln -s system-1-link "$disk/nix/var/nix/profiles/system" &&
    ln -s "$2" "$disk/boot/default"
}
