{ config ? if builtins.getEnv "NIXPKGS_CONFIG" == "" then { } else { none = true; } }:
if config ? none then { } else { lib = import ../../lib; hello = "hello"; }
