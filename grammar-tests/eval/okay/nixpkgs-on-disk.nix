# What the packages of a nixpkgs are is for the machine to say that evaluates them; its library is there all the same.
let
  pkgs = import ./nixpkgs-on-disk-input { };
in
with pkgs.lib;
{ answer = answer; whole = (import ./nixpkgs-on-disk-input { config = { }; }).hello; }
