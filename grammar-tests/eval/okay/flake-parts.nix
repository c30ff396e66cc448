# mkFlake: outputs from several modules, options of the user's own, arguments of one system.
let
  flake = builtins.getFlake (toString ./flakes-input/parts);
in
{
  machines = builtins.attrNames flake.nixosConfigurations;
  system = flake.nixosConfigurations.db._module.specialArgs.system;
  inherit (flake) targets;
  name = flake.packages.x86_64-linux.name;
  systems = builtins.attrNames flake.packages;
}
