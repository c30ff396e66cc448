# builtins.genericClosure: each element is evaluated by itself.
[
  (builtins.genericClosure { startSet = [ { key = 1; } ]; operator = x: if x.key < 3 then [ { key = x.key + 1; } { key = 1; } ] else [ ]; })
  (builtins.genericClosure { startSet = [ ]; operator = throw "never"; })
  (builtins.genericClosure { operator = x: [ ]; })
  (builtins.genericClosure { startSet = [ { } ]; operator = x: [ ]; })
  (builtins.genericClosure { startSet = [ { key = 1; } ]; operator = x: 1; })
  (builtins.genericClosure { startSet = [ { key = x: x; } { key = 1; } ]; operator = x: [ ]; })
  (builtins.genericClosure 1)
  (builtins.genericClosure { startSet = builtins.currentTime; operator = x: [ ]; })
]
