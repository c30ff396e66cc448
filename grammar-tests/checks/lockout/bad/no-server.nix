# Everything that makes a machine start, and nothing that lets anybody in.
{
  web = { # error
    imports = [ <nixpkgs/nixos/modules/profiles/qemu-guest.nix> ];
    deployment.targetHost = "web.internal";
    boot.loader.grub.device = "/dev/vda";
    fileSystems."/".device = "/dev/vda1";
    services.nginx.enable = true;
  };
}
