(import <nixpkgs> { }).hello
