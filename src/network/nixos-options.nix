# Options of NixOS that say how a machine is called and reached, as NixOS itself declares them: modules that compute a
# host ask for them. Only the static half reads this; Nix has the real ones.
{ lib, config, ... }:
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
  options.services.openssh.ports = mkOption { type = types.listOf types.port; default = [ 22 ]; };
}
