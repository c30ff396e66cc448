# Colmena's way: `meta` (in old hives `network`) describes the hive, `defaults` is for all; a machine is a module or a
# list of modules. The packages of `meta.nixpkgs` bring their overlays and their configuration along.
{ source, machinesOf, located, ... }:
let
  inherit (builtins.head source.tops) _file value;
  hive = value;
  meta = hive.meta or hive.network or { };
  names = builtins.attrNames (removeAttrs hive [ "meta" "network" "defaults" "__schema" "_file" ]);

  # A path, a function or a set of packages: all mean a set of packages.
  packages = where: it:
    if builtins.isPath it || builtins.isString it || (builtins.isAttrs it && it ? outPath && !(it ? lib && it ? path))
    then
      if builtins ? currentSystem then packages where (import it)
      else throw "`${where}` is nixpkgs itself. In a flake it must be a set of packages: `import nixpkgs { system = \"x86_64-linux\"; }`"
    else if builtins.isFunction it then packages where (it { overlays = [ ]; })
    else it;
  usual = packages "meta.nixpkgs" (meta.nixpkgs or <nixpkgs>);
  packagesOf = name:
    if meta ? nodeNixpkgs.${name} then packages "meta.nodeNixpkgs.${name}" meta.nodeNixpkgs.${name} else usual;

  modulesOf = name:
    let it = hive.${name}; in
    map (located _file) (if builtins.isList it then it else [ it ]);

  asked = nodes: name:
    let pkgs = packagesOf name; in
    {
      nixpkgs = pkgs.path;
      inherit (pkgs) system;
      modules = [ (fromPackages pkgs) (located _file (hive.defaults or { })) ] ++ modulesOf name;
      specialArgs = { inherit nodes; } // meta.specialArgs or { } // meta.nodeSpecialArgs.${name} or { };
    };
  # Since 22.11 the configuration of nixpkgs is an option with a type, and merges with what the machine says.
  fromPackages = pkgs: { lib, ... }: {
    _file = "nixwright";
    nixpkgs.overlays = lib.mkBefore (pkgs.overlays or [ ]);
    nixpkgs.config =
      (if lib.versionAtLeast lib.version "22.11pre" then lib.mkBefore else lib.mkOptionDefault) (pkgs.config or { });
  };
in
if hive ? meta && hive ? network then throw "a hive has `meta` or `network`, not both"
else {
  description = meta.description or null;
  rollout = meta.rollout or { };
  machines = machinesOf names asked;
}
