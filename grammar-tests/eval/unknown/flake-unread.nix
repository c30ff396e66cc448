# Each input says what would have to be downloaded; what the lock was not written for is not what it says.
let
  inherit (builtins.getFlake (toString ../okay/flakes-input/local)) inputs;
in
inputs.home-manager.nixosModules.home-manager
