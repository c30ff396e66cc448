# A module with an option of its own, whose value decides names of machines.
{ lib, config, inputs, ... }:
{
  options.colmena.hosts = lib.mkOption {
    type = lib.types.attrsOf (lib.types.submodule ({ name, ... }: {
      options.targetHost = lib.mkOption { default = "${name}.example.org"; };
    }));
    default = { };
  };
  config.flake.nixosConfigurations.web = inputs.nixpkgs.lib.nixosSystem { modules = [ ]; };
  config.flake.targets = builtins.mapAttrs (_: host: host.targetHost) config.colmena.hosts;
}
