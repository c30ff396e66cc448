# What every machine of the cluster has, and the options that say where it stands.
{ config, lib, name, table, ... }:
let
  inherit (lib) mkOption types;
  rack = table.${config.cluster.rack};
in
{
  options.cluster = {
    rack = mkOption {
      type = types.enum [ "a" "b" "c" ];
      description = "The rack it stands in.";
    };
    labels = mkOption { type = types.attrsOf types.str; default = { }; };
  };
  config = {
    networking.hostName = name;
    networking.defaultGateway = "${rack.network}.254";
    services.openssh.enable = true;
    deployment.targetUser = "root";
  };
}
