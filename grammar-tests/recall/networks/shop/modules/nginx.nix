# The front: forwards everything.
{ config, lib, ... }:
{
  options.shop.upstream = lib.mkOption {
    type = lib.types.str;
    description = "Where requests go.";
  };
  config.services.nginx = {
    enable = true;
    virtualHosts."shop.nixos.test".locations."/".proxyPass = config.shop.upstream;
  };
}
