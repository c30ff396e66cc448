# What a flake's own files, its lock and known projects tell.
let
  flake = builtins.getFlake (toString ./flakes-input/local);
  inherit (flake) inputs;
in
{
  inherit (flake) hosts same there base text answer own extended;
  again = (builtins.getFlake "path:${toString ./flakes-input/local}").hosts == flake.hosts;
  machines = builtins.attrNames flake.nixosConfigurations;
  modules = builtins.head flake.nixosConfigurations.web._module.args.modules == ./flakes-input/local/hosts/web.nix;
  inherit (flake.nixosConfigurations.db._module.specialArgs) tag;
  hive = builtins.attrNames flake.colmena;
  upper = flake.colmena.meta.nixpkgs.lib.toUpper "lib";
  packages = builtins.attrNames flake.packages;
  inherit (inputs.nixpkgs) rev shortRev narHash lastModified;
  followed = inputs.sub.lib.rev == inputs.nixpkgs.rev;
  names = builtins.attrNames inputs;
  kinds = [ flake._type inputs.sub._type inputs.nixpkgs._type ];
  deployed = flake.deploy.nodes.web.profiles ? system;
  typo = flake ? nixosConfiguration;
  compat = {
    old = (import (fetchTarball "https://github.com/edolstra/flake-compat/archive/master.tar.gz") { src = ./flakes-input/local; }).defaultNix.hosts;
    new = (import (fetchTarball { url = "https://github.com/NixOS/flake-compat/archive/0123456789012345678901234567890123456789.tar.gz"; sha256 = ""; }) { src = ./flakes-input/local; }).outputs.base;
  };
}
