# builtins.getEnv: each element is evaluated by itself.
[
  (builtins.getEnv "NPINS_OVERRIDE_absent")
  (builtins.getEnv 1)
  (builtins.getEnv "HOME")
]
