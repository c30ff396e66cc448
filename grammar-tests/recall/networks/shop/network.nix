# A shop in five machines: what they do. Where they are is in hosts.nix.
{
  network.description = "shop";
  network.enableRollback = true;
  network.rollout = {
    maxParallel = 2;
    canary = "web1";
    stages = [ "@data" "@front" ];
  };

  defaults = { lib, ... }: {
    imports = [ ./modules/ssh.nix ];
    time.timeZone = lib.mkDefault "Europe/Berlin";
    deployment.targetUser = "deploy";
  };

  db = { lib, nodes, ... }: {
    imports = [ ./modules/postgres.nix ];
    deployment.tags = [ "data" ];
    deployment.keys.backup = {
      keyFile = ./secrets/backup.key;
      user = "postgres";
      permissions = "0400";
    };
    services.postgresql.port = 5432;
    networking.firewall.allowedTCPPorts = [ 5432 ];
    services.postgresql.authentication = lib.concatStringsSep "\n" [
      "host all all ${nodes.app.config.networking.privateIPv4}/32 md5"
    ];
  };

  cache = {
    deployment.tags = [ "data" ];
    services.redis.enable = true;
  };

  app = { config, nodes, ... }: {
    imports = [ ./modules/app.nix ];
    deployment.tags = [ "front" ];
    deployment.dependsOn = [ "db" "cache" ];
    deployment.keys.session = {
      keyCommand = [ "pass" "shop/session" ];
      group = "shop";
      permissions = "0440";
    };
    shop.database = nodes.db.config.networking.privateIPv4;
    systemd.services.shop.environment.PORT = toString config.shop.port;
  };

  web1 = { nodes, ... }: {
    imports = [ ./modules/nginx.nix ];
    deployment.tags = [ "front" ];
    deployment.dependsOn = [ "app" ];
    deployment.healthChecks.http = [
      { host = "shop.nixos.test"; port = 80; path = "/alive"; timeout = 3; }
    ];
    shop.upstream = "http://${nodes.app.config.networking.privateIPv4}:8080";
  };

  web2 = { nodes, ... }: {
    imports = [ ./modules/nginx.nix ];
    deployment.tags = [ "front" ];
    deployment.dependsOn = [ "app" "web1" ];
    shop.upstream = "http://${nodes.app.config.networking.privateIPv4}:8080";
  };
}
