# The server's port is not opened, and no rule lets it through.
{
  web = {
    deployment.targetHost = "web.internal";
    services.openssh = {
      enable = true;
      openFirewall = false; # error
    };
    networking.firewall.allowedTCPPorts = [ 80 443 ];
    networking.firewall.allowedTCPPortRanges = [ { from = 8000; to = 8010; } ];
  };
}
