# A newspaper: deploy-rs with machines that the flake also lists as NixOS systems.
{
  inputs = {
    nixpkgs.url = "github:NixOS/nixpkgs/nixos-24.05";
    deploy-rs.url = "github:serokell/deploy-rs";
  };
  outputs = { self, nixpkgs, deploy-rs }:
    let
      system = "x86_64-linux";
      machine = name: nixpkgs.lib.nixosSystem {
        inherit system;
        specialArgs = { edition = "evening"; };
        modules = [ ./machines/${name}.nix ./modules/site.nix ];
      };
      activate = deploy-rs.lib.${system}.activate.nixos;
    in
    {
      nixosConfigurations = {
        archive = machine "archive";
        desk = machine "desk";
        press = machine "press";
      };
      deploy = {
        sshUser = "deploy";
        nodes = {
          archive = {
            hostname = "archive.press.test";
            profiles.system.path = activate self.nixosConfigurations.archive;
            profiles.system.user = "root";
          };
          desk = {
            hostname = "desk.press.test";
            profiles.system.path = activate self.nixosConfigurations.desk;
            profiles.system.user = "root";
          };
          press = {
            hostname = "10.40.0.3";
            sshOpts = [ "-p" "2200" ];
            profiles.system.path = activate self.nixosConfigurations.press;
            profiles.system.user = "root";
          };
        };
      };
    };
}
