# builtins.getFlake: each element is evaluated by itself.
[
  (builtins.attrNames (builtins.getFlake or (_: { outputs = { a = 1; }; }) "path:${toString ./builtins-input}").outputs)
  ((builtins.getFlake or (_: { })) { })
  ((builtins.getFlake or (_: { })) "path:/absent-folder")
]
