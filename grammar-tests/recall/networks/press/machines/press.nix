# Where they are printed.
{ config, ... }:
{
  services.openssh.ports = [ 2200 ];
  services.printing.enable = true;
  services.printing.listenAddresses = [ "${config.networking.hostName}:631" ];
}
