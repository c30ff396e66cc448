# A seed for the fuzz target modules: network.
{ network.description = "d"; defaults = { lib, ... }: { deployment.targetUser = lib.mkDefault "root"; };
  web = { config, nodes, lib, ... }: { imports = [ { deployment.tags = [ "a" ]; } ]; deployment.targetHost = "10.0.0.1"; services.x.enable = lib.mkIf (nodes.db.config.networking.hostName == "db") true; };
  db = lib: lib.mkMerge [ { } (lib.mkForce { deployment.targetHost = "b"; }) ]; }
