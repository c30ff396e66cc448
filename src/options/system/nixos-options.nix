# Options of NixOS whose values other machines and deployments read, with the types that they have in every release.
#
# What has no default here is known to NixOS only where nobody defines it.
{ lib, config, ... }:
let
  inherit (lib) mkOption types;
  option = type: mkOption { inherit type; description = "An option of NixOS."; };
  text = option types.str;
  perhaps = option (types.nullOr types.str);
in
{
  _file = "nixpkgs/nixos/modules";
  options = {
    networking.hostName = text;
    networking.domain = perhaps;
    networking.fqdn = mkOption {
      type = types.str;
      default = "${config.networking.hostName}.${config.networking.domain}";
      description = "An option of NixOS.";
    };
    networking.hostId = perhaps;
    system.stateVersion = text;
    time.timeZone = perhaps;
    i18n.defaultLocale = text;
  };
}
