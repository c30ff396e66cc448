# An office: a function of its domain, with the branch offices in files of their own.
{ domain ? "office.test", floors ? 3 }:
{
  require = [ ./branches/north.nix ./branches/south.nix ];

  network.description = "office in ${domain}";

  resources.sshKeyPairs.deployment-key = { };

  defaults = { config, ... }: {
    imports = [ ./modules/printing.nix ];
    networking.domain = domain;
    printing.floors = floors;
    users.motd = "welcome to ${config.networking.hostName}";
  };

  files = { resources, ... }: {
    deployment.targetHost = "files.${domain}";
    deployment.keys = {
      samba.keyFile = ./keys/samba;
      nfs.keyFile = ./keys/nfs;
    };
    users.users.root.openssh.authorizedKeys.keys = [ resources.sshKeyPairs.deployment-key.publicKey ];
  };

  router = { pkgs, ... }: {
    deployment.targetHost = "192.168.178.1";
    deployment.targetUser = "root";
    environment.systemPackages = [ pkgs.tcpdump ];
    networking.nat = { enable = true; externalInterface = "eth0"; };
  };
}
