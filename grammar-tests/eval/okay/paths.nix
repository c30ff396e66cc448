# Paths are text until they are used.
[ (/a/b + "/c") (/a/b + "c") (/a/../b) (toString /a/b) (builtins.dirOf /a) ~/x (builtins.toPath "/a/b/..") (/a/${"b"}/c) ]
