# What all three have.
{ config, lib, inputs, ... }:
let
  registry = lib.mapAttrs (_: flake: { inherit flake; }) inputs;
  isServer = !config.networking.networkmanager.enable;
in
{
  nix.registry = registry;
  nix.gc.automatic = lib.mkIf isServer true;
  users.users.me = { isNormalUser = true; extraGroups = [ "wheel" ]; };
}
