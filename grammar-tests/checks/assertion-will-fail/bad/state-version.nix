# A machine of a hive, which no tool tells its version.
{
  meta.nixpkgs = <nixpkgs>;
  web = { # hint
    deployment.targetHost = "web.internal";
    boot.loader.grub.device = "/dev/sda";
    fileSystems."/".device = "/dev/sda1";
  };
}
