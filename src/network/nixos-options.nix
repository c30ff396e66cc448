# Options of NixOS that say how a machine is called, as NixOS itself declares them: modules that compute a host ask for
# them. Only the static half reads this; Nix has the real ones.
#
# `priority` is how strongly the tool calls a machine by its name in the network; null where it does not.
# `sshDecides` is whether the tool leaves it to ssh whom to log in as.
{ lib, name, config, priority, sshDecides, ... }:
let
  inherit (lib) mkOption types;
  inherit (config.networking) hostName domain;
in
{
  options.networking = {
    hostName = mkOption { type = types.str; default = "nixos"; };
    domain = mkOption { type = types.nullOr types.str; default = null; };
    fqdn = mkOption {
      type = types.str;
      default = if hostName != "" && domain != null then "${hostName}.${domain}" else throw "it needs a `networking.domain`";
    };
    fqdnOrHostName = mkOption {
      type = types.str;
      default = if domain == null then hostName else config.networking.fqdn;
    };
  };
  config = {
    networking = if priority == null then { } else { hostName = lib.mkOverride priority name; };
    deployment = if sshDecides then { targetUser = lib.mkOverride 1400 null; } else { };
  };
}
