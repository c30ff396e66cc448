# What a nixpkgs says of the options of NixOS, as plain data. Nothing is built and no package is evaluated, but for
# `reads`, which evaluates a bare machine as far as the name of its system.
#
# `asked` is one of three questions: `options` gives the tree of options with their types, in the format that
# src/options/schema/dump.rs reads; `obsolete` gives the options that were renamed or removed; `reads` gives nothing, but says on the way which options were read. Works with nixpkgs from 18.09 on.
{ nixpkgs, system, asked }:
let
  lib = import (nixpkgs + "/lib");
  inherit (builtins) elem hasAttr isAttrs isBool isInt isList isString mapAttrs removeAttrs tryEval;

  evaluate = modules: import (nixpkgs + "/nixos/lib/eval-config.nix") { inherit system modules; };
  plain = evaluate [ ];

  attempt = default: value: let tried = tryEval value; in if tried.success then tried.value else default;
  isOption = node: (node._type or "") == "option";
  unknown = { t = "unspecified"; };
  internal = [ "_definedNames" "_module" "_freeformOptions" ];
  prefix = toString nixpkgs + "/";
  file = it: lib.removePrefix prefix (toString it);
  # Descriptions were strings, then sets with a text.
  text = value: attempt "" (builtins.unsafeDiscardStringContext (if isString value then value else value.text or ""));

  # --- the tree ---

  group = depth: set: mapAttrs (_: node: attempt { k = unknown; } (member depth node)) (removeAttrs set internal);
  member = depth: node:
    if isOption node then option depth node
    else if isAttrs node then { s = group depth node; }
    else { k = unknown; };

  option = depth: it:
    {
      # What the manual does not descend into may have no end.
      k = type (if (it.visible or true) == "shallow" then deepest else depth) (it.type or unspecified);
      decl = attempt [ ] (map file (it.declarations or [ ]));
    }
    // lib.optionalAttrs (it ? default) { def = true; }
    // lib.optionalAttrs (it.readOnly or false == true) { ro = true; }
    // lib.optionalAttrs (it.internal or false == true) { int = true; }
    // lib.optionalAttrs (it ? apply) { apply = true; }
    // said "desc" (text (it.description or ""))
    // said "dt" (default it);

  said = name: value: lib.optionalAttrs (value != "") { ${name} = value; };
  # Only what is short and needs nothing else is evaluated.
  default = it: attempt "" (
    if it ? defaultText then text it.defaultText
    else if it ? default && scalar it.default then builtins.unsafeDiscardStringContext (builtins.toJSON it.default)
    else ""
  );
  scalar = value: isString value || isInt value || isBool value || value == null;

  deepest = 8;
  unspecified.name = "unspecified";
  type = depth: it: attempt unknown (typeOf depth it);
  typeOf = depth: it:
    let
      name = it.name or "unspecified";
      nested = it.nestedTypes or { };
      wrapped = (it.functor or { }).wrapped or null;
      payload = (it.functor or { }).payload or null;
      element = nested.elemType or (if wrapped != null then wrapped else payload.elemType or unspecified);
      both =
        if nested ? left then [ nested.left nested.right ]
        else if isList wrapped then wrapped
        else [ ];
      coerced = if nested ? finalType then [ nested.coercedType nested.finalType ] else [ unspecified unspecified ];
      values = if isList payload then payload else payload.values or [ ];
      inner = type (depth + 1);
    in
    { t = name; }
    // (
      if elem name [ "listOf" "attrsOf" "lazyAttrsOf" "loaOf" "nullOr" "uniq" "unique" ] then { e = inner element; }
      else if name == "either" then { e = map inner both; }
      else if name == "coercedTo" then { e = map inner coerced; }
      else if name == "enum" then lib.optionalAttrs (builtins.all scalar values) { v = values; }
      else if name == "submodule" then
        lib.optionalAttrs (depth < deepest) { o = group (depth + 1) (it.getSubOptions [ ]); }
        // lib.optionalAttrs (nested ? freeformType) { f = inner nested.freeformType; }
      else { d = text (it.description or ""); }
    );

  # Types whose library refuses two definitions even where they are equal.
  samples = {
    bool = [ lib.types.bool true ];
    int = [ lib.types.int 1 ];
    str = [ lib.types.str "a" ];
    path = [ lib.types.path "/a" ];
    enum = [ (lib.types.enum [ "a" ]) "a" ];
  };
  refuses = sample:
    let
      definition = { file = "a"; value = builtins.elemAt sample 1; };
      merged = (builtins.head sample).merge [ "a" ] [ definition definition ];
    in
    !(tryEval (builtins.seq merged true)).success;

  # Whether a name that no option has is refused wherever it stands, or only where something reads its group, as it was
  # until 2020.
  strict =
    let
      declared = { options = { a.b = lib.mkOption { default = 1; }; c = lib.mkOption { default = 1; }; }; };
      evaluated = lib.evalModules { modules = [ declared { a.d = 1; } ]; };
    in
    !(tryEval evaluated.config.c).success;

  # --- what became of options ---

  # Functions of the library that rename or remove an option stand among the imports of modules, which are called here
  # with a library that only notes what is asked of it.
  noting = lib // {
    mkRemovedOptionModule = path: text: { noted = [ { inherit path; gone = if isString text then text else ""; } ]; };
    mkRenamedOptionModule = path: to: { noted = [ { inherit path to; } ]; };
    mkRenamedOptionModuleWith = { from, to, ... }: { noted = [ { path = from; inherit to; } ]; };
    mkChangedOptionModule = path: to: _: { noted = [ { inherit path to; } ]; };
    mkMergedOptionModule = from: to: _: { noted = map (path: { inherit path to; }) from; };
  };
  available = {
    lib = noting;
    config = throw "nothing is configured";
    options = throw "nothing is configured";
    pkgs = throw "there are no packages";
    utils = throw "there are no packages";
    modulesPath = nixpkgs + "/nixos/modules";
  };
  called = module:
    let wants = builtins.functionArgs module; in
    if !(builtins.isFunction module) then module
    else if wants == { } then module available
    else if builtins.all (name: hasAttr name available || wants.${name}) (lib.attrNames wants)
    then module (builtins.intersectAttrs wants available)
    else { };
  list = value: attempt [ ] (if isList value then builtins.seq (builtins.length value) value else [ ]);
  noted = it: attempt [ ] (let list = if isAttrs it then it.noted or [ ] else [ ]; in builtins.deepSeq list list);
  changes = path: attempt [ ] (
    let module = called (import path); in
    if isAttrs module then lib.concatMap noted (list (module.imports or [ ])) else [ ]
  );
  # Whether a machine that sets a removed option is refused; it was only warned of before 2019.
  refused =
    let module = lib.mkRemovedOptionModule [ "a" ] "b" { options.a = { isDefined = true; files = [ ]; }; }; in
    module.config ? assertions;

  # --- what is read ---

  bare = {
    fileSystems."/" = { device = "/dev/disk/by-label/root"; fsType = "ext4"; };
    boot.loader.grub.device = "nodev";
    networking.interfaces.eth0 = { };
    users.users.somebody = { isNormalUser = true; uid = 1234; };
    system.stateVersion = lib.mkDefault (lib.trivial.release or "18.09");
  };
  machine = evaluate [ bare ];
  tell = path: value: builtins.trace "nixwright reads ${lib.concatStringsSep "/" path}" value;
  # An option may be declared again, but what is applied to its value only once.
  isTold = node: if isOption node then !(node ? apply) && !(node.readOnly or false) else true;
  told = at: set: mapAttrs
    (name: node:
      let here = at ++ [ name ]; in
      if isOption node then lib.mkOption { apply = tell here; } else told here node)
    (lib.filterAttrs (_: node: isAttrs node && attempt false (isTold node)) (removeAttrs set internal));
  watched = evaluate [ bare { options = told [ ] machine.options; } ];
in
{
  options = {
    inherit strict;
    once = lib.attrNames (lib.filterAttrs (_: refuses) samples);
    options = group 0 plain.options;
  };
  obsolete = {
    inherit refused;
    options = lib.concatMap changes (import (nixpkgs + "/nixos/modules/module-list.nix"));
  };
  reads = builtins.seq watched.config.system.build.toplevel.drvPath null;
}.${asked}
