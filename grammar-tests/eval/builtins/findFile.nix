# builtins.findFile: each element is evaluated by itself.
[
  (builtins.findFile [ { prefix = "x"; path = "${toString ./builtins-input}"; } ] "x/text" == ./builtins-input/text)
  (builtins.findFile [ { path = ./builtins-input; } ] "text" == ./builtins-input/text)
  (builtins.findFile [ ] "absent")
  (builtins.tryEval (builtins.findFile [ ] "absent"))
  (builtins.findFile 1 "a")
  (builtins.findFile [ ] 1)
  (builtins.findFile [ { path = "https://example.org/a.tar.gz"; } ] "a")
]
