# builtins.replaceStrings: each element is evaluated by itself.
[
  (builtins.replaceStrings [ "a" "" ] [ "A" "_" ] "banana")
  (builtins.replaceStrings [ ] [ ] "a")
  (builtins.replaceStrings [ "aa" "a" ] [ "2" "1" ] "aaa")
  (builtins.replaceStrings [ "x" ] [ (throw "never") ] "a")
  (builtins.replaceStrings [ "a" ] [ ] "a")
  (builtins.replaceStrings [ 1 ] [ "a" ] "a")
  (builtins.replaceStrings "a" [ "a" ] "a")
  (builtins.replaceStrings [ "a" ] [ "b" ] 1)
  (builtins.replaceStrings [ "a" ] [ "b" ] builtins.currentTime)
]
