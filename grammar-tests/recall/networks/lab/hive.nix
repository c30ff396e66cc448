# A laboratory: the machines are in a file that another program writes.
let
  hosts = builtins.fromJSON (builtins.readFile ./hosts.json);
  machine = name: host: { lib, ... }: {
    imports = [ ./kinds/${host.kind}.nix ];
    deployment.targetHost = host.address;
    deployment.tags = host.tags;
    networking.hostName = name;
    networking.interfaces = lib.optionalAttrs (host ? mac) { lan0.macAddress = host.mac; };
  };
in
{
  meta.nixpkgs = import <nixpkgs> { };
  meta.nodeNixpkgs = { };
  defaults = ./lab.nix;
}
// builtins.mapAttrs machine hosts
