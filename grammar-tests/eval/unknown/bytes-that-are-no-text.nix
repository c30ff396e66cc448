# A byte of a character alone: the version cannot be told from one with a replacement for it.
builtins.parseDrvName (builtins.substring 0 1 "é")
