# builtins.pathExists: each element is evaluated by itself.
[
  (map builtins.pathExists [ ./builtins-input ./builtins-input/text ./absent "${toString ./builtins-input}/text" ])
  (builtins.pathExists "relative")
  (builtins.pathExists 1)
  (builtins.pathExists /outside/of/all)
  (builtins.pathExists builtins.currentTime)
]
