# Ten machines of a small provider, as colmena reads them.
let
  sources = import ./sources.nix;
  zone = "net.nixos.test";
  resolver = number: { name, ... }: {
    imports = [ ./roles/resolver.nix ];
    deployment.targetHost = "${name}.${zone}";
    deployment.tags = [ "dns" ];
    networking.hostName = "ns${toString number}";
  };
in
{
  meta = {
    nixpkgs = sources.nixpkgs;
    description = "provider";
    specialArgs = { inherit zone; };
  };

  defaults = { name, zone, ... }: {
    imports = [ ./roles/base.nix ];
    networking.domain = zone;
    networking.hostName = name;
    deployment.replaceUnknownProfiles = false;
  };

  ns1 = resolver 1;
  ns2 = resolver 2;

  mail = { nodes, ... }: {
    imports = [ ./roles/mail.nix ];
    deployment = {
      targetHost = "10.53.0.25";
      targetPort = 22;
      targetUser = "root";
      tags = [ "public" "mail" ];
      dependsOn = [ "@dns" ];
      keys."dkim.private" = {
        keyCommand = [ "gpg" "--decrypt" "dkim.gpg" ];
        destDir = "/var/keys";
        user = "rspamd";
        uploadAt = "pre-activation";
      };
    };
    networking.nameservers = [ nodes.ns1.config.deployment.targetHost ];
  };

  web = [
    ./roles/web.nix
    {
      deployment.targetHost = "10.53.0.80";
      deployment.tags = [ "public" ];
    }
  ];

  git = { config, ... }: {
    imports = [ ./roles/web.nix ];
    deployment.targetHost = "git.net.nixos.test";
    deployment.tags = [ "public" ];
    deployment.keys.oauth = {
      keyFile = "/var/secrets/oauth";
      group = config.users.groups.keys.name;
    };
    services.gitea.enable = true;
  };

  monitor = { lib, nodes, ... }: {
    deployment.targetHost = "10.53.0.90";
    deployment.dependsOn = [ "mail" "web" ];
    services.prometheus.scrapeConfigs = lib.mapAttrsToList (host: node: {
      job_name = host;
      static_configs = [ { targets = [ "${node.config.networking.hostName}:9100" ]; } ];
    }) nodes;
  };

  gate1 = import ./gates.nix { number = 1; address = "198.18.0.1"; };
  gate2 = import ./gates.nix { number = 2; address = "198.18.0.2"; };
  gate3 = import ./gates.nix { number = 3; address = "198.18.0.3"; };

  desk = {
    deployment.targetHost = null;
    deployment.allowLocalDeployment = true;
  };
}
