# Everything that makes a machine start, settings of an ssh server, and nobody who enables it.
{
  web = { # error
    imports = [ <nixpkgs/nixos/modules/profiles/qemu-guest.nix> ];
    deployment.targetHost = "web.internal";
    boot.loader.grub.device = "/dev/vda";
    fileSystems."/".device = "/dev/vda1";
    services.nginx.enable = true;
    services.openssh.ports = [ 22 ];
  };
}
