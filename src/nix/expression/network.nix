# Evaluates a network for nixwright: inputs to machines, machines to NixOS configurations, configurations to plain facts.
# It builds nothing, and knows no tool: how each one writes networks stands in the file of its dialect.
#
# `part` holds the other files of this folder by name, and `options`, the options of a deployment. `given` is the set of
# the network's arguments. `asked` says:
#   files       absolute paths of the network's files, in order; none where it is a flake
#   flake       the locked reference of a flake, or null
#   dialect     the dialect that it is read as, or null: what its content says
#   deployment  { uuid, name }
#   machines    machine -> { stateVersion, publicKey }: what the state remembers
#   only        the machines to evaluate, or null for all
#   derivations whether to ask for the system derivations too
#   keys        whether to ask for the keys, which come with the derivations anyway
#   examine     whether assertions that do not hold and warnings are facts, too; such a machine has no derivation
#   values      paths of options whose values are wanted
#   names       paths of sets of options whose names are wanted
#   repl        whether a person will look at the machines: then they are the answer, as NixOS makes them
{ part, asked, given }:
let
  # --- what is read ---
  # Top-level sets, each with the file it stands in; which dialect; and for flakes the output.
  source = if asked.flake != null then part.flake { inherit asked; } else part.files { inherit asked given; };
  dialect = if asked.dialect != null then asked.dialect else source.dialect;

  # --- how it is read ---
  # A dialect makes of the source:
  #   description, rollout
  #   machines    machine -> { configuration; deployment; }: what NixOS makes of it, and the options of its deployment
  dialects = { inherit (part) nixops colmena morph deploy-rs nixos; };
  network = dialects.${dialect} { inherit source machine machinesOf located; };

  # The machines that are made of modules. `asked` says of each what is evaluated (see there), given the machines as others
  # see them.
  machinesOf = names: asked:
    let
      all = checked: builtins.listToAttrs (map
        (name: { inherit name; value = evaluate ({ inherit name checked; } // asked nodes name); })
        names);
      nodes = all false;
    in
    builtins.mapAttrs (_: configuration: { inherit configuration; inherit (configuration.config) deployment; }) (all true);

  # A module with the file that it stands in, so that messages name it. No module is put around it: that would change the
  # order in which definitions are merged, and so the system.
  located = _file: module:
    if builtins.isFunction module then {
      __functor = _: arguments: located _file (module arguments);
      __functionArgs = builtins.functionArgs module;
    }
    else if builtins.isAttrs module && !(module ? _type || module ? __functor) then { inherit _file; } // module
    else module;

  remembered = name: { stateVersion = null; publicKey = null; } // asked.machines.${name} or { };

  # What nixwright adds to a machine of any dialect.
  machine = name: part.machine {
    inherit name part dialect;
    deployment = { name = toString asked.deployment.name; inherit (asked.deployment) uuid; arguments = given; };
    remembered = remembered name;
  };

  # A machine as NixOS makes it. `pure` evaluation has no `currentSystem`: then the modules say the system.
  # `checked` is false where other machines look at it: what they ask for must not force all that it defines.
  evaluate = { name, modules, nixpkgs, specialArgs, checked, system ? null, evalConfig ? nixpkgs + "/nixos/lib/eval-config.nix" }:
    import evalConfig ({
      modules = modules ++ machine name ++ (if checked then [ ] else [ { _module.check = false; } ]);
      specialArgs = {
        inherit name;
        inherit (asked.deployment) uuid;
        deploymentName = asked.deployment.name;
      } // specialArgs;
    } // (if system != null then { inherit system; } else if builtins ? currentSystem then { } else { system = null; }));

  # --- what is answered ---
  names = builtins.attrNames network.machines;
  chosen = builtins.listToAttrs (map (name: { inherit name; value = null; }) asked.only);
  wanted = if asked.only == null then names else builtins.filter (name: builtins.hasAttr name chosen) names;
  facts = name:
    let
      inherit (network.machines.${name}) configuration;
      deployment = complete name configuration network.machines.${name}.deployment;
      inherit (configuration) config;
      system = config.system.build.toplevel;
      failed = builtins.filter (it: !it.assertion) (config.assertions or [ ]);
      buildable = asked.derivations && !(asked.examine && failed != [ ]);
    in
    { deployment = part.settings deployment; }
    // (if !(buildable || asked.keys && !asked.examine) then { } else { keys = part.keyFiles deployment; })
    // (if !buildable then { } else {
      drv = system.drvPath;
      toplevel = system.outPath;
    })
    // (if !asked.examine then { } else {
      assertions = map (it: { text = it.message; at = position "message" it; }) failed;
      warnings = map (text: { inherit text; file = fileOf text (written (configuration.options.warnings or { })); }) (config.warnings or [ ]);
    })
    // (if asked.values == [ ] then { } else {
      values = map (path: part.values (at path ({ inherit deployment; } // config))) asked.values;
    })
    // (if asked.names == [ ] then { } else {
      names = map (path: namesOf (at path ({ inherit deployment; } // config))) asked.names;
    });
  namesOf = set: if builtins.isAttrs set then builtins.attrNames set else null;

  # A machine that its own tool evaluated has that tool's options; ours have their defaults.
  complete = name: configuration: deployment:
    let lib = configuration.lib or configuration.pkgs.lib; in
    if deployment ? dependsOn then deployment
    else (lib.evalModules { modules = [ part.options ]; specialArgs = { inherit name; }; }).config.deployment // deployment;

  at = path: set:
    if path == [ ] then set
    else if builtins.isAttrs set && builtins.hasAttr (builtins.head path) set then at (builtins.tail path) set.${builtins.head path}
    else null;
  position = name: set:
    let found = builtins.unsafeGetAttrPos name set; in
    if found == null then null else { inherit (found) line column; file = toString found.file; };

  # The definitions of an option with their files, as nixpkgs of all ages tells them.
  written = option: option.definitionsWithLocations or (builtins.genList
    (index: { file = builtins.elemAt option.files index; value = builtins.elemAt option.definitions index; })
    (if option ? files && option ? definitions then builtins.length option.files else 0));
  fileOf = text: all:
    let found = builtins.filter (it: builtins.isList it.value && builtins.elem text it.value) all; in
    if found == [ ] then null else toString (builtins.head found).file;

  # --- what a person looks at ---
  nodes = builtins.mapAttrs (_: it: it.configuration) network.machines;
  first = nodes.${builtins.head names};
in
if asked.repl then {
  inherit nodes;
  resources = builtins.foldl' (all: top: all // top.value.resources or { }) { } source.tops
    // { machines = builtins.mapAttrs (_: it: it.config) nodes; };
  pkgs = if names == [ ] then throw "the network has no machines, and so no packages" else first.pkgs or first._module.args.pkgs;
}
else {
  inherit dialect names;
  inherit (network) description;
  rollout = part.rollout network.rollout;
  machines = builtins.listToAttrs (map (name: { inherit name; value = facts name; }) wanted);
}
