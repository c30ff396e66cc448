# Our library is a part of nixpkgs', so `types` may have more names. None of its releases has `mkOption` there.
let
  lib = import <nixpkgs/lib>;
in
with lib;
with types;
(mkOption { type = listOf int; }).type.description
