# An image of NixOS enables the server, a module is not at hand, and the others are only parts of machines: NixOps joins files.
{
  cloud = {
    imports = [ <nixpkgs/nixos/modules/virtualisation/amazon-image.nix> ];
    deployment.targetHost = "cloud.internal";
    boot.loader.grub.device = "/dev/xvda";
    fileSystems."/".device = "/dev/xvda1";
  };
  web = { pkgs, ... }: {
    imports = [ (import (pkgs.fetchFromGitHub { owner = "nobody"; repo = "server"; rev = "1"; sha256 = ""; })) ];
    deployment.targetHost = "web.internal";
    boot.loader.grub.device = "/dev/vda";
    fileSystems."/".device = "/dev/vda1";
  };
  part = {
    deployment.targetHost = "part.internal";
    services.nginx.enable = true;
  };
  disks = {
    deployment.targetHost = "disks.internal";
    boot.loader.grub.device = "/dev/vda";
    fileSystems."/".device = "/dev/vda1";
  };
}
