# The output `nixosConfigurations`: machines that are evaluated already. They learn the options of a deployment where
# they do not have them.
{ source, machine, ... }:
let
  inherit (builtins.head source.tops) value;
  extended = name: configuration:
    if configuration.options ? deployment || !(configuration ? extendModules) then configuration
    else configuration.extendModules { modules = machine name; specialArgs = { inherit name; }; };
in
{
  description = null;
  rollout = { };
  machines = builtins.mapAttrs
    (name: it: let configuration = extended name it; in { inherit configuration; deployment = configuration.config.deployment or { }; })
    value;
}
