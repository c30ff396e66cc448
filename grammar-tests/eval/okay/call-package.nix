# `callPackage` gives a function what it names: as given, else out of `pkgs`, whose `lib` is known.
let
  pkgs = import <nixpkgs> { };
  hosts = pkgs.callPackage ({ lib, pkgs, names, ... }: lib.genAttrs names (name: pkgs.lib.toUpper name)) { names = [ "a" "b" ]; };
in
[ hosts.a hosts.b (builtins.attrNames hosts) (pkgs.callPackage (_: 3) { }) ]
