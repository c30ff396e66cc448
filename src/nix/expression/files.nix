# Networks in files: read, called where they are functions, followed where they require others.
#
# What comes out is a list of top-level sets, each with the file that it stands in.
{ asked, given }:
let
  # A file is a set, or a function of the one argument set. A hive is called with the arguments that it names, as tools
  # other than NixOps do.
  load = path:
    let
      value = import path;
      named = builtins.functionArgs value;
      taken = if isHive path && named != { } then builtins.intersectAttrs named given else given;
      called =
        if builtins.isFunction value then value taken
        else if isHive path && builtins.isAttrs value && value ? __functor then value given
        else value;
    in
    if builtins.isAttrs called then called
    else throw "the network file ${toString path} is not a set of machines but ${builtins.typeOf called}";
  isHive = path: baseNameOf path == "hive.nix";

  # `require` is followed breadth first; a path met twice counts once, so cycles are fine.
  keyed = path: { key = toString path; value = load path; };
  loaded = builtins.genericClosure {
    startSet = map (path: keyed (/. + path)) asked.files;
    operator = item: if dialect == "nixops" then map keyed (item.value.require or [ ]) else [ ];
  };

  # The static half goes by the same signs.
  first = map (path: load (/. + path)) asked.files;
  some = holds: builtins.any holds first;
  isMachine = value:
    builtins.isFunction value || builtins.isPath value || builtins.isList value
    || builtins.isAttrs value
      && builtins.any (name: value ? ${name}) [ "deployment" "imports" "networking" "services" ];
  isOfNixops = top:
    builtins.isList (top.require or null) || builtins.isAttrs (top.resources or null) && !isMachine top.resources;
  dialect =
    if asked.dialect != null then asked.dialect
    else if isHive (builtins.head asked.files) || some (top: top ? meta && !isMachine top.meta) then "colmena"
    else if some (top: top ? network && top.network ? pkgs) && !some isOfNixops then "morph"
    else "nixops";
in
{
  inherit dialect;
  tops = map (item: { _file = item.key; value = item.value; }) loaded;
}
