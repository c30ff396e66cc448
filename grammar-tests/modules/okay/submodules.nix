# Modules inside of options: their names, defaults, priorities, and options that others add to them.
let
  lib = import <nixpkgs/lib>;
  inherit (lib) mkOption types mkForce mkDefault;
  eval = lib.evalModules {
    modules = [
      {
        options.users = mkOption {
          default = { };
          type = types.attrsOf (types.submodule ({ name, config, ... }: {
            options.name = mkOption { type = types.str; default = name; };
            options.home = mkOption { type = types.str; default = "/home/${config.name}"; };
            options.shell = mkOption { type = types.str; };
            config.shell = mkDefault "sh";
          }));
        };
      }
      { options.users = mkOption { type = types.attrsOf (types.submodule { options.extra = mkOption { type = types.int; default = 7; }; }); }; }
      { users.ann = { }; users.bob = { name = "robert"; shell = "zsh"; }; }
      { users.bob.extra = mkForce 8; users.ann = { lib, ... }: { shell = lib.mkForce "fish"; }; }
      { options.one = mkOption { type = types.submoduleWith { modules = [ { options.x = mkOption { type = types.int; default = 1; }; } ]; }; default = { }; }; }
      { options.free = mkOption { type = types.submodule { freeformType = types.attrsOf types.int; options.known = mkOption { type = types.str; default = "k"; }; }; }; }
      { free.a = 1; free.b = 2; }
    ];
  };
in
eval.config
