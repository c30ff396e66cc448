builtins.stringLength (builtins.readFile ./latin-1-input.txt)
