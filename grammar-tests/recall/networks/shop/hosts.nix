# Where the machines of the shop are.
let
  site = address: {
    deployment.targetHost = address;
    networking.privateIPv4 = address;
  };
in
{
  db = {
    imports = [ (site "10.20.0.10") ];
    deployment.targetPort = 2222;
  };
  cache = site "10.20.0.11";
  app = {
    imports = [ (site "10.20.0.20") ];
    deployment.sshOptions = [ "-o" "ServerAliveInterval=10" ];
  };
  web1 = site "10.20.0.31";
  web2 = site "10.20.0.32";
}
