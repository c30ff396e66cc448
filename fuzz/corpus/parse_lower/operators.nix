# A seed for the fuzz target parse_lower: operators.
let a = 1; in assert a == 1 -> !(a < 2) || true; with { b = <nixpkgs>; }; if a ? b then [ a ./p ~/q http://x.y ] ++ [ ] else { } // { }
