# niv, npins and lon: names and revisions are known, a pinned nixpkgs has a library, a pin that was given is read.
let
  npins = import ./pins-input/npins;
  niv = import ./pins-input/niv/sources.nix;
  lon = import ./pins-input/lon/lon.nix;
  upper = nixpkgs: (import nixpkgs { }).lib.toUpper "lib";
  plain = fetchTarball { url = "https://github.com/NixOS/nixpkgs/archive/4444444444444444444444444444444444444444.tar.gz"; };
  git = builtins.fetchGit { url = "https://github.com/NixOS/nixpkgs.git"; rev = "4444444444444444444444444444444444444444"; };
  pkgs = import niv.nixpkgs { };
in
{
  names = map builtins.attrNames [ npins niv lon ];
  lib = map upper [ npins.nixpkgs niv.nixpkgs niv.mirror lon.nixpkgs plain git ];
  revisions = [ npins.agenix.revision niv.morph.rev lon.sops.rev git.rev git.shortRev ];
  library = (import "${npins.nixpkgs}/lib").toUpper "x" + (import (plain + "/lib")).toLower "Y";
  fetched = upper (pkgs.fetchFromGitHub { owner = "NixOS"; repo = "nixpkgs"; rev = "a"; sha256 = ""; });
  evaluated = (import (niv.nixpkgs + "/nixos/lib/eval-config.nix") { modules = [ ./pins.nix ]; })._module.args.modules == [ ./pins.nix ];
  machine = (import "${npins.nixpkgs}/nixos" { configuration = ./pins.nix; })._module.args.modules == [ ./pins.nix ];
  given = (import npins.on-disk).answer;
}
