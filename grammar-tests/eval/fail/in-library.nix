let lib = import <nixpkgs/lib>; in lib.optional (lib.hasPrefix 1 "a") 1
