# An unknown part of `__overrides` may say anything of any name.
let
  s = rec {
    a = 1;
    b = a;
    __overrides = { b = 2; } // builtins.getEnv "NOBODY_SETS_THIS";
  };
in
s.a
