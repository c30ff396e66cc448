# A module that is not on disk may define more machines, but takes none away.
let
  flake = builtins.getFlake (toString ./flakes-input/parts-open);
in
map (name: flake.nixosConfigurations ? ${name}) [ "db" "web" ]
