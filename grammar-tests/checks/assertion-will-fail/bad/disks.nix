# Each lacks one thing without which no machine is built.
{
  root = { # warning
    deployment.targetHost = "root.internal";
    boot.loader.systemd-boot.enable = true;
    fileSystems."/home".device = "/dev/sda2";
  };
  loader = { # warning
    imports = [ <nixpkgs/nixos/modules/installer/scan/not-detected.nix> ];
    deployment.targetHost = "loader.internal";
    boot.loader.grub = { enable = true; version = 2; efiSupport = false; };
    boot.loader.timeout = 3;
    fileSystems."/".device = "/dev/sda1";
  };
  pool = {
    deployment.targetHost = "pool.internal";
    boot.loader.grub.device = "/dev/sda";
    fileSystems."/" = { device = "tank/root"; fsType = "zfs"; }; # warning
  };
}
