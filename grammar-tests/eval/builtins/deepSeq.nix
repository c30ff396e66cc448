# builtins.deepSeq: each element is evaluated by itself.
[
  (builtins.deepSeq { a = [ 1 ]; } 2)
  (builtins.deepSeq { a = [ (throw "no") ]; } 2)
  (builtins.deepSeq (x: throw "never") 3)
  (builtins.deepSeq (let x = { inherit x; }; in x) 4)
  (builtins.deepSeq [ builtins.currentTime ] 5)
]
