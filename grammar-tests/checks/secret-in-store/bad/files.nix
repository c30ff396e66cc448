# A file that is named like a secret becomes a part of the configuration.
{
  web = { lib, ... }: {
    deployment.targetHost = "web.internal";
    environment.etc."wifi".text = "password=${lib.removeSuffix "\n" (builtins.readFile ./files-input/wifi-password)}"; # warning
    networking.wireless.networks.cafe.pskRaw = lib.fileContents ./files-input/wifi-password; # warning
  };
}
