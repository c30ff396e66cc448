# Machines for the comparison with NixOS itself: modules as people write them, and what is asked of each machine. It is
# read by Nix and by our evaluator; the answers must be the same. Nothing is built.
{ nixpkgs, machine }:
let
  evalConfig = import (nixpkgs + "/nixos/lib/eval-config.nix");
  inherit (import (nixpkgs + "/lib")) mkIf mkForce mkDefault mkMerge mkOverride mkBefore mkAfter mkOption types;

  base = {
    boot.loader.grub.device = "/dev/sda";
    fileSystems."/".device = "/dev/sda1";
  };

  settings = { config, lib, ... }: {
    options.own = {
      ports = mkOption { type = types.listOf types.int; default = [ 1 ]; };
      level = mkOption { type = types.enum [ "low" "high" ]; default = "low"; };
      label = mkOption { type = types.nullOr types.str; default = null; apply = x: if x == null then "none" else "<${x}>"; };
      lines = mkOption { type = types.lines; default = ""; };
      sites = mkOption {
        default = { };
        type = types.attrsOf (types.submodule ({ name, config, ... }: {
          options = {
            host = mkOption { type = types.str; default = "${name}.example"; };
            port = mkOption { type = types.int; default = 80; };
            url = mkOption { type = types.str; };
          };
          config.url = mkDefault "http://${config.host}:${toString config.port}";
        }));
      };
      any = mkOption { type = types.either types.int (types.listOf types.str); default = 3; };
    };
    config.networking.firewall.allowedTCPPorts = config.own.ports;
  };

  machines = {
    plain = [ base { networking.hostName = "plain"; } ];
    priorities = [
      base
      { networking.hostName = mkDefault "weak"; time.timeZone = mkForce "UTC"; boot.kernelPackages = mkOverride 2000 null; }
      { networking.hostName = mkOverride 200 "stronger"; time.timeZone = "Europe/Berlin"; }
      { networking.extraHosts = mkAfter "10.0.0.2 after"; }
      { networking.extraHosts = mkBefore "10.0.0.1 before"; }
      { networking.extraHosts = "10.0.0.3 between"; }
    ];
    conditions = [
      base
      ({ config, lib, ... }: {
        networking.hostName = "conditions";
        services.openssh.enable = mkIf (config.networking.hostName == "conditions") true;
        services.openssh.ports = mkMerge [ (mkIf false [ 1 ]) [ 2222 ] (mkIf config.services.openssh.enable [ 22 ]) ];
        users.users = mkMerge [
          { alice = { isNormalUser = true; extraGroups = [ "wheel" ]; }; }
          (mkIf true { bob = { uid = 1500; group = "users"; home = "/srv/bob"; }; })
          (mkIf (!config.services.openssh.enable) { carol.isNormalUser = true; })
        ];
      })
    ];
    own = [ base settings { own = { ports = [ 80 443 ]; level = "high"; label = "x"; any = [ "a" ]; }; } { own.ports = [ 8080 ]; own.lines = "one"; } { own.lines = "two"; } ];
    submodules = [
      base
      settings
      { own.sites.a = { }; own.sites.b.port = 8080; }
      ({ config, ... }: { own.sites.c = { host = config.own.sites.a.host; url = "ftp://x"; }; own.sites.b.host = mkForce "b"; })
    ];
    firewall = [ base { networking.firewall = { allowedTCPPorts = [ 22 80 ]; allowedUDPPortRanges = [ { from = 1; to = 2; } ]; allowPing = false; }; services.nginx.enable = true; } ];
    network = [
      base
      {
        networking = {
          useDHCP = false;
          interfaces.eth0.ipv4.addresses = [ { address = "10.0.0.1"; prefixLength = 24; } ];
          defaultGateway = "10.0.0.254";
          nameservers = [ "10.0.0.53" ];
          domain = "example";
        };
      }
    ];
    services = [
      base
      ({ config, ... }: {
        services.postgresql.enable = true;
        services.nginx = { enable = true; virtualHosts."a.example" = { forceSSL = false; root = "/srv"; locations."/x".proxyPass = "http://localhost:1"; }; };
        systemd.services.own = { wantedBy = [ "multi-user.target" ]; script = "true"; environment.PORT = toString config.services.postgresql.port; serviceConfig.Restart = "always"; };
        services.cron = { enable = true; systemCronJobs = [ "* * * * * root true" ]; };
      })
    ];
    swaps = [ base { swapDevices = [ { device = "/dev/sdb"; } { device = "/swap"; size = 1024; } ]; boot.kernel.sysctl."vm.swappiness" = 10; boot.initrd.availableKernelModules = [ "ahci" ]; fileSystems."/home" = { device = "/dev/sdc"; fsType = "xfs"; options = [ "noatime" ]; }; } ];
    disabled = [
      base
      { disabledModules = [ "services/misc/gitea.nix" ]; }
      { options.services.gitea.enable = mkOption { default = "mine"; }; }
      { networking.hostName = "disabled"; imports = [ { networking.domain = mkDefault "imported"; } ({ lib, ... }: { networking.search = lib.optional true "found"; }) ]; }
    ];
    nodes = [ base ({ nodes, config, ... }: { networking.hostName = "nodes"; networking.extraHosts = "${nodes.plain.networking.hostName} ${nodes.conditions.networking.hostName}"; networking.firewall.allowedTCPPorts = nodes.own.own.ports or [ ]; }) ];
  };

  configs = builtins.mapAttrs (_: modules: (evalConfig { system = "x86_64-linux"; modules = modules ++ [ { _module.args.nodes = configs; } ]; }).config) machines;
  config = configs.${machine};
in
if machine == "" then builtins.attrNames machines else {
  hostName = config.networking.hostName;
  inherit (config) networking own fileSystems swapDevices time nix;
  services = { inherit (config.services) openssh nginx postgresql cron gitea ntp; };
  users = config.users;
  systemd = { own = config.systemd.services.own; inherit (config.systemd) targets; sshd = config.systemd.services.sshd; };
  boot = { inherit (config.boot) kernel kernelModules initrd loader; };
  system = { inherit (config.system) stateVersion nixos; };
  inherit (config) assertions warnings security i18n;
  environment = { inherit (config.environment) variables etc; };
}
