# The value of an option as plain JSON. What JSON has no words for is written in marks: functions, packages, and what
# fails when it is asked for.
let
  plain = value:
    let
      tried = builtins.tryEval value;
      it = tried.value;
    in
    if !tried.success then "«fails»"
    else if builtins.isFunction it then "«function»"
    else if builtins.isPath it then toString it
    else if builtins.isList it then map plain it
    else if builtins.isAttrs it then (if (it.type or null) == "derivation" then "«package»" else builtins.mapAttrs (_: plain) it)
    else it;
in
plain
