# What flake-utils' `lib` offers that decides the shape of a flake's outputs. `systems` are the default ones,
# `systemsByName` a set of names, `unknown` a value that is not known.
{ systems, systemsByName, unknown }:
let
  # `f system` gives outputs of one system: { packages = …; }. Here is packages.<system> = …, for all systems.
  eachSystem = list: f:
    let
      add = outputs: system:
        let
          ofSystem = f system;
          place = outputs: name:
            outputs // { ${name} = (outputs.${name} or { }) // { ${system} = ofSystem.${name}; }; };
        in
        builtins.foldl' place outputs (builtins.attrNames ofSystem);
      all = builtins.foldl' add { } list;
    in
    # Old versions turn jobs inside out.
    if all ? hydraJobs then all // { hydraJobs = unknown; } else all;

  eachSystemMap = list: f: builtins.listToAttrs (map (system: { name = system; value = f system; }) list);
in
{
  inherit eachSystem eachSystemMap;
  eachDefaultSystem = eachSystem systems;
  eachDefaultSystemMap = eachSystemMap systems;
  eachSystemPassThrough = list: f: builtins.foldl' (outputs: system: outputs // f system) { } list;
  eachDefaultSystemPassThrough = f: builtins.foldl' (outputs: system: outputs // f system) { } systems;
  defaultSystems = systems;
  system = systemsByName;
  mkApp =
    { drv, name ? drv.pname or drv.name, exePath ? drv.passthru.exePath or "/bin/${name}" }:
    { type = "app"; program = "${drv}${exePath}"; };
}
