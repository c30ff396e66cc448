# Networks in flakes: the flake's outputs, made with inputs that remember what they were asked for. colmena's `makeHive`
# and deploy-rs' `activate.nixos` give results from which the hive and the configuration cannot be had back; here each
# result carries what it was made of. Everything else in the flake is as Nix makes it.
#
# The outputs are asked in the order in which the static half asks them.
{ asked }:
let
  flake = builtins.getFlake asked.flake;
  file = flake.outPath + "/flake.nix";

  remembering = input:
    if builtins.isAttrs input && input ? lib && builtins.isAttrs input.lib then
      input // { lib = builtins.mapAttrs remembered input.lib; }
    else input;
  remembered = name: value:
    if name == "makeHive" then hive: { nixwrightHive = hive; }
    # A system's part of deploy-rs' library.
    else if builtins.isAttrs value && value ? activate && builtins.isAttrs value.activate then
      value // { activate = value.activate // { nixos = activated value.activate.nixos; }; }
    else value;

  # Nobody looks into the profile itself, and making it may be dear.
  activated = nixos: base:
    let profile = nixos base; in
    { type = "derivation"; inherit (profile) name drvPath outPath; nixwrightSystem = base; };

  inputs = builtins.mapAttrs (_: remembering) flake.inputs;
  outputs = (import file).outputs (inputs // { inherit self; });
  self = flake // outputs // { inherit inputs outputs; };

  called = it: if builtins.isFunction it then it { } else it;
  output = dialect: is: value: { inherit dialect is value; };
  candidates = [
    (output "nixops" (outputs ? nixwright) (called outputs.nixwright))
    (output "colmena" (outputs ? colmenaHive.nixwrightHive) (called outputs.colmenaHive.nixwrightHive))
    (output "colmena" (outputs ? colmena) (called outputs.colmena))
    # Whoever made it, it is evaluated already.
    (output "nixos" (outputs ? colmenaHive.nodes) outputs.colmenaHive.nodes)
    (output "nixops" (outputs ? nixopsConfigurations.default) (called outputs.nixopsConfigurations.default))
    (output "deploy-rs" (outputs ? deploy.nodes) outputs.deploy)
    (output "nixos" (outputs ? nixosConfigurations) outputs.nixosConfigurations)
  ];
  meant = builtins.filter (it: it.is && (asked.dialect == null || it.dialect == asked.dialect)) candidates;
  found =
    if meant != [ ] then builtins.head meant
    else throw "the flake has no output that is a network${
      if asked.dialect == null then "" else " of ${asked.dialect}"
    }; it has: ${toString (builtins.attrNames outputs)}";
in
{
  inherit (found) dialect;
  tops = [ { _file = file; inherit (found) value; } ];
}
