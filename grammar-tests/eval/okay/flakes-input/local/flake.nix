# A flake with every kind of input that can be read without the network, and some that cannot.
{
  inputs = {
    nixpkgs.url = "github:NixOS/nixpkgs/nixos-23.05";
    sub = { url = "path:./sub"; inputs.nixpkgs.follows = "nixpkgs"; };
    plain = { url = "path:./plain"; flake = false; };
    flake-utils.url = "github:numtide/flake-utils";
    home-manager = { url = "github:nix-community/home-manager"; inputs.nixpkgs.follows = "nixpkgs"; };
    moved.url = "github:example/moved/new";
    colmena.url = "github:zhaofengli/colmena";
    deploy-rs.url = "github:serokell/deploy-rs";
  };
  outputs = { self, nixpkgs, sub, plain, flake-utils, deploy-rs, colmena, implicit, ... }@inputs:
    let
      inherit (nixpkgs) lib;
    in
    {
      inherit inputs;
      hosts = builtins.attrNames (builtins.readDir (self + "/hosts"));
      same = builtins.readDir "${self}/hosts" == builtins.readDir ./hosts;
      there = builtins.pathExists "${self}/hosts/web.nix" && !(builtins.pathExists (self + "/absent.nix"));
      base = baseNameOf ./hosts/web.nix;
      text = builtins.readFile (plain + "/text");
      answer = import "${sub}/number.nix" + sub.lib.one;
      nixosConfigurations = lib.mapAttrs'
        (file: _: lib.nameValuePair (lib.removeSuffix ".nix" file) (lib.nixosSystem {
          system = "x86_64-linux";
          modules = [ (./hosts + "/${file}") ];
          specialArgs = { inherit inputs; tag = "t"; };
        }))
        (builtins.readDir ./hosts);
      colmena = { meta.nixpkgs = import nixpkgs { system = "x86_64-linux"; }; }
        // builtins.mapAttrs (_: machine: { imports = machine._module.args.modules; }) self.nixosConfigurations;
      colmenaHive = colmena.lib.makeHive self.colmena;
      deploy.nodes.web.profiles.system.path = deploy-rs.lib.x86_64-linux.activate.nixos self.nixosConfigurations.web;
      own = self.absent or "absent";
      extended = (lib.extend (_: _: { mine = 1; })).mine;
    }
    // flake-utils.lib.eachDefaultSystem (system: { packages.name = system; });
}
