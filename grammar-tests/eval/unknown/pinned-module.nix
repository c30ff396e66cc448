# Modules of NixOS are not at hand.
import "${(import ../okay/pins-input/lon/lon.nix).nixpkgs}/nixos/modules/profiles/minimal.nix"
