# It is said in what all machines share.
{
  meta.nixpkgs = <nixpkgs>;
  defaults.system.stateVersion = "23.11";
  web = {
    deployment.targetHost = "web.internal";
    boot.loader.grub.device = "/dev/sda";
    fileSystems."/".device = "/dev/sda1";
  };
}
