# Other loaders, images of NixOS, containers, what is set elsewhere, and parts of machines.
let
  root.fileSystems."/".device = "/dev/sda1";
in
{
  container = { imports = [ root ]; deployment.targetHost = "container.internal"; boot.isContainer = true; };
  image = {
    imports = [ <nixpkgs/nixos/modules/virtualisation/digital-ocean-config.nix> ];
    deployment.targetHost = "image.internal";
    fileSystems."/data".device = "/dev/sdb1";
    boot.loader.grub.device = "/dev/sda";
  };
  several = { imports = [ root ]; deployment.targetHost = "several.internal"; boot.loader.grub.devices = [ "/dev/sda" "/dev/sdb" ]; };
  board = { imports = [ root ]; deployment.targetHost = "board.internal"; boot.loader = { grub.enable = false; generic-extlinux-compatible.enable = true; }; };
  other = { imports = [ root ]; deployment.targetHost = "other.internal"; boot.loader.limine.enable = true; };
  pool = {
    deployment.targetHost = "pool.internal";
    networking.hostId = "8425e349";
    boot.loader.grub.device = "/dev/sda";
    fileSystems."/" = { device = "tank/root"; fsType = "zfs"; };
  };
  part = { deployment.targetHost = "part.internal"; boot.loader.grub.device = "/dev/sda"; };
  open = { pkgs, ... }: {
    imports = [ (import (pkgs.fetchurl { url = "disks"; sha256 = ""; })) ];
    deployment.targetHost = "open.internal";
    boot.loader.grub.device = "/dev/sda";
    fileSystems."/data".device = "/dev/sdb1";
  };
}
