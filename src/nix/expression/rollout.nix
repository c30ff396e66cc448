# `network.rollout` as plain JSON. What fails when it is asked for fails here, with Nix' own message.
let
  plain = it:
    if builtins.isFunction it || (builtins.isAttrs it && (it.type or null) == "derivation") then
      throw "`network.rollout` is made of texts, numbers, lists and sets; a function or a package means nothing there"
    else if builtins.isPath it then toString it
    else if builtins.isList it then map plain it
    else if builtins.isAttrs it then builtins.mapAttrs (_: plain) it
    else it;
in
plain
