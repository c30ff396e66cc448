# builtins.import: each element is evaluated by itself.
[
  (import ./builtins-input)
  (import ./builtins-input/default.nix == import (toString ./builtins-input))
  (import ./absent.nix)
  (import "relative.nix")
  (import 1)
  (import ./builtins-input/broken.nix)
  (import builtins.currentTime)
  (import /outside/of/all)
]
