# 1 and 1.0 are one key.
builtins.genericClosure {
  startSet = [ { key = 1.5; } { key = 1; } { key = 1.0; } { key = 2; } { key = 1.5; } ];
  operator = i: [ ];
}
