builtins.hasContext "${derivation { name = "a"; builder = "b"; system = "s"; }}"
