# The folder of a package set is that of nixpkgs, whose library is known.
let pkgs = import <nixpkgs> { }; in [ ((import (pkgs.path + "/lib")).toUpper "a") ((import "${pkgs.path}/lib").range 1 2) ((import (import pkgs.path { }).path { }).lib.max 1 2) ]
