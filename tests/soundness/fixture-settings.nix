# Stands in for src/nix/settings.nix where all options of a machine are compared: every value as JSON, what fails marked.
deployment:
let
  all = value:
    let
      tried = builtins.tryEval value;
      it = tried.value;
    in
    if !tried.success then "«fails»"
    else if builtins.isFunction it then "«function»"
    else if builtins.isPath it then toString it
    else if builtins.isList it then map all it
    else if builtins.isAttrs it then builtins.mapAttrs (_: all) it
    else it;
in
all deployment
