# What flake-parts' `mkFlake` makes of modules, for the outputs that decide a network. Written anew on `evalModules` of the
# embedded library (`ownLib`); options that are not declared here are taken as they come, because modules of other
# projects are not at hand. `lib` is what modules get.
#
# Modules that are not at hand may define more, and may say how definitions become one: without them nothing is certain but
# what was seen. Modules marked as `only tools` are known to touch no machine.
#
# `knownItems` gives the elements of a list that are known, `allKnown` whether that is all of them, `closed` the attributes
# of a set that are known. `unknown` is a value that is not known, `tools` an empty set that may have outputs for developers.
{ lib, ownLib, knownItems, allKnown, closed, unknown, tools }:
let
  inherit (builtins) all attrNames concatMap functionArgs isAttrs isFunction isPath isString listToAttrs map mapAttrs removeAttrs;
  inherit (ownLib) mkOption types;

  # All modules behind a module, imports first, none with imports of its own: [ { module, complete, tools } ].
  collect = arguments: value:
    if isPath value || isString value then
      map (found: found // { module = { _file = toString value; key = toString value; } // found.module; })
        (collect arguments (import value))
    else if isFunction value then
      collect arguments (value (arguments // mapAttrs (name: _: arguments.${name} or arguments.config._module.args.${name}) (functionArgs value)))
    else if isAttrs value && value ? "only tools" then [ { module = { }; complete = true; tools = true; } ]
    else if isAttrs value then
      let
        imports = value.imports or [ ];
        module = closed value;
      in
      concatMap (collect arguments) (knownItems imports)
      ++ [ { module = removeAttrs module [ "imports" ]; complete = allKnown imports; tools = false; } ]
    else [ { module = value; complete = true; tools = false; } ];

  collectAll = arguments: values: concatMap (collect arguments) (knownItems values);
  modulesOf = map (found: found.module);
  complete = values: found: allKnown values && all (it: it.complete) found;

  # Whatever is defined stays as it is; sets become one.
  anything = types.lazyAttrsOf types.raw;
  # The same where a module that is not at hand may have said how several definitions become one.
  perhaps = types.lazyAttrsOf (types.mkOptionType {
    name = "perhaps";
    merge = _: definitions: together (map (definition: definition.value) definitions);
  });
  together = values:
    if builtins.length values == 1 then builtins.head values
    else if all isAttrs values then builtins.zipAttrsWith (_: together) values
    else unknown;
  # The definitions, as a list.
  several = types.mkOptionType { name = "module"; merge = _: definitions: map (definition: definition.value) definitions; };

  perSystemOutputs = [ "apps" "checks" "devShells" "legacyPackages" "packages" ];
  outputSets = [ "nixosConfigurations" "nixosModules" "overlays" ];
  ofSystem = system: flake: listToAttrs (map (name: { inherit name; value = flake.${name}.${system} or { }; }) perSystemOutputs);

  evalFlakeModule = given@{ inputs, self ? inputs.self, specialArgs ? { }, ... }: module:
    let
      arguments = {
        inherit inputs self lib getSystem withSystem moduleWithSystem flake-parts-lib;
        inherit (result) config options;
      } // specialArgs;
      found = collectAll arguments [ module ];
      certain = complete [ module ] found;
      onlyTools = builtins.any (it: it.tools) found;
      result = ownLib.evalModules { modules = modulesOf found ++ [ own ]; };
      inherit (result) config;

      own = {
        freeformType = anything;
        options = {
          systems = mkOption { type = types.listOf types.str; default = [ ]; };
          perSystem = mkOption { type = several; default = [ ]; };
          flake = mkOption {
            type = types.submoduleWith {
              modules = [
                {
                  freeformType = if certain && !onlyTools then anything else perhaps;
                  options = listToAttrs (map (name: { inherit name; value = mkOption { type = anything; default = { }; }; }) outputSets) // {
                    modules = mkOption { type = types.lazyAttrsOf (types.lazyAttrsOf types.deferredModule); default = { }; };
                  };
                }
              ];
            };
            default = { };
          };
        };
      };

      # One system's part of the configuration, and the arguments that its modules get.
      evalSystem = system:
        let
          base = {
            inherit system lib;
            pkgs = inputs.nixpkgs.legacyPackages.${system};
            self' = ofSystem system self;
            inputs' = mapAttrs (_: ofSystem system) inputs;
            inherit (evaluated) config options;
          };
          # Modules may give themselves other packages.
          arguments = base // evaluated.config._module.args or { };
          found = collectAll base config.perSystem;
          evaluated = ownLib.evalModules {
            modules = modulesOf found ++ [ { freeformType = anything; _module.args = mapAttrs (_: ownLib.mkOptionDefault) { inherit (base) pkgs; }; } ];
          };
        in
        {
          inherit arguments;
          config = evaluated.config // { allModuleArgs = arguments; };
        };

      systems = listToAttrs (map (name: { inherit name; value = evalSystem name; }) config.systems);
      ofAny = system: systems.${system} or (evalSystem system);
      getSystem = system: (ofAny system).config;
      withSystem = system: f: f (ofAny system).arguments;
      moduleWithSystem = f: { config, ... }: unknown;

      transposed = listToAttrs (map (name: { inherit name; value = mapAttrs (_: it: it.config.${name} or { }) systems; }) perSystemOutputs);
      flake = transposed // (if config.flake.modules == { } then removeAttrs config.flake [ "modules" ] else config.flake);
      # There may be more in each of these outputs.
      opened = mapAttrs (_: value: if isAttrs value then unknown // value else value);
    in
    result // {
      inherit config;
      outputs =
        if !certain then unknown // opened flake
        # Systems are known, what they have is not.
        else if onlyTools then tools // flake // mapAttrs (_: mapAttrs (_: value: unknown // value)) transposed
        else flake;
    };

  flake-parts-lib = unknown // {
    importApply = file: argument: { _file = file; imports = [ (import file argument) ]; };
  };
in
{
  inherit evalFlakeModule;
  mkFlake = given: module: (evalFlakeModule given module).outputs;
}
