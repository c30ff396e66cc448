# An overlay of the library sees what is ours, and what it lacks may still be in nixpkgs: neither is an error.
let
  lib = (import <nixpkgs/lib>).extend (final: prev: { mine = final.theirs + 1; theirs = 2; perhaps = prev.quuxxyz or 3; range = _: _: "ours"; });
  twice = lib.extend (final: prev: { mine = prev.mine + final.theirs; });
in
[ lib.mine twice.mine (lib.range 1 2) (lib.optional true 1) (lib.mkOptionType { name = "x"; }).name ]
