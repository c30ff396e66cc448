# Machines for the comparison of the native module system with `lib.evalModules`: our tiny NixOS and the options of
# deployments, evaluated with one library or another. It is read by Nix and by our evaluator; the answers must be the
# same. Nothing is built.
{ nixpkgs, lib, deployment, machine }:
let
  evalConfig = import (nixpkgs + "/nixos/lib/eval-config.nix");
  inherit (lib) mkIf mkForce mkDefault mkMerge mkOverride mkBefore mkAfter mkOption types;

  base = {
    boot.loader.grub.device = "/dev/sda";
    fileSystems."/" = { device = "/dev/sda1"; fsType = "ext4"; };
    system.stateVersion = "24.05";
  };

  machines = {
    plain = [ ];
    deployment = [
      {
        deployment = {
          targetHost = "10.0.0.1";
          targetPort = 2222;
          tags = [ "web" "front" ];
          keys.tls = { text = "x"; user = "nginx"; permissions = "0440"; };
          keys.other.text = "y";
        };
      }
      ({ config, ... }: { deployment.targetUser = mkIf (config.deployment.targetPort == 2222) (mkForce "admin"); })
      ({ name, ... }: { networking.hostName = mkDefault name; deployment.tags = mkBefore [ "first" ]; })
    ];
    priorities = [
      { networking.hostName = mkDefault "weak"; time.timeZone = mkForce "UTC"; networking.domain = mkOverride 2000 "never"; }
      { networking.hostName = mkOverride 200 "stronger"; time.timeZone = "Europe/Berlin"; networking.domain = "example"; }
      { networking.extraHosts = mkAfter "10.0.0.2 after"; }
      { networking.extraHosts = mkBefore "10.0.0.1 before"; }
      { networking.extraHosts = "10.0.0.3 between"; }
    ];
    conditions = [
      ({ config, ... }: {
        networking.hostName = "conditions";
        services.openssh.enable = mkIf (config.networking.hostName == "conditions") true;
        services.openssh.ports = mkMerge [ (mkIf false [ 1 ]) [ 2222 ] (mkIf config.services.openssh.enable [ 22 ]) ];
        users.users = mkMerge [
          { alice = { isNormalUser = true; extraGroups = [ "wheel" ]; }; }
          (mkIf true { bob = { isNormalUser = true; uid = 1500; home = "/srv/bob"; }; })
          (mkIf (!config.services.openssh.enable) { carol.isNormalUser = true; })
        ];
      })
    ];
    services = [
      ({ config, ... }: {
        services.postgresql.enable = true;
        services.nginx = { enable = true; virtualHosts."a.example".root = "/srv"; };
        systemd.services.own = {
          wantedBy = [ "multi-user.target" ];
          script = "true";
          environment.HOST = config.networking.hostName;
          serviceConfig.Restart = "always";
        };
      })
    ];
    network = [
      {
        networking = {
          useDHCP = false;
          interfaces.eth0.ipv4.addresses = [ { address = "10.0.0.1"; prefixLength = 24; } ];
          defaultGateway = "10.0.0.254";
          nameservers = [ "10.0.0.53" ];
          firewall = { allowedTCPPorts = [ 22 80 ]; allowedUDPPortRanges = [ { from = 1; to = 2; } ]; allowPing = false; };
        };
      }
    ];
    disabled = [
      { disabledModules = [ "services/httpd.nix" ]; }
      { options.services.httpd.enable = mkOption { type = types.str; default = "mine"; }; }
      { imports = [ { networking.domain = mkDefault "imported"; } ({ lib, ... }: { networking.search = lib.optional true "found"; }) ]; }
    ];
    own = [
      ({ config, ... }: {
        options.own = {
          level = mkOption { type = types.enum [ "low" "high" ]; default = "low"; };
          label = mkOption { type = types.nullOr types.str; default = null; apply = x: if x == null then "none" else "<${x}>"; };
          lines = mkOption { type = types.lines; default = ""; };
          any = mkOption { type = types.either types.int (types.listOf types.str); default = 3; };
          sites = mkOption {
            default = { };
            type = types.attrsOf (types.submodule ({ name, config, ... }: {
              options.host = mkOption { type = types.str; default = "${name}.example"; };
              options.url = mkOption { type = types.str; };
              config.url = mkDefault "http://${config.host}";
            }));
          };
          free = mkOption {
            default = { };
            type = types.submodule { freeformType = types.attrsOf types.int; options.known = mkOption { type = types.int; default = 1; }; };
          };
        };
        config.own.free.more = 2;
        config.networking.domain = config.own.sites.a.host;
      })
      { own = { level = "high"; label = "x"; any = [ "a" ]; lines = "one"; sites.a = { }; sites.b.host = "b"; }; }
      { own = { lines = "two"; sites.b.host = mkForce "c"; sites.d.url = "ftp://d"; }; }
    ];
  };

  # Values that are printed: packages and functions are only said to be some.
  shown = depth: value:
    if depth > 12 then "…"
    else if builtins.isFunction value then "«function»"
    else if builtins.isList value then map (shown (depth + 1)) value
    else if !builtins.isAttrs value then value
    else if value.type or null == "derivation" then "«package»"
    else if value ? _type || value ? __functor then "«marked»"
    else builtins.mapAttrs (_: shown (depth + 1)) value;

  config = (evalConfig {
    inherit lib;
    system = "x86_64-linux";
    specialArgs.name = machine;
    modules = [ base deployment ] ++ machines.${machine};
  }).config;
in
if machine == "" then builtins.attrNames machines
else shown 0 (builtins.removeAttrs config [ "system" "nixpkgs" "lib" ])
