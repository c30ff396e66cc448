# The options of a deployment as one dialect has them: what holds where nobody says otherwise depends on the tool that
# the network was written for. A NixOS module; Nix' half and the static half both use it.
#
# `options` is the module that declares them for all dialects; `deployment` says what NixOps tells each machine of the
# deployment: { name, uuid, arguments }.
{ dialect, options, deployment }:
{ lib, name, config ? { }, ... }@arguments:
let
  declared = (options arguments).options;
  ports = config.services.openssh.ports or [ 22 ];

  # Null leaves it to ssh.
  own = {
    # NixOps connects to the first port that the machine's own ssh server listens on.
    nixops.targetPort = if ports == [ ] || ports == [ 22 ] then null else builtins.head ports;
    morph.targetUser = null;
    deploy-rs.targetUser = null;
  }.${dialect} or { };
  defaults = own // { inherit (deployment) name uuid arguments; };

  # The priority with which a machine is told its name; in other dialects it is not.
  named = { nixops = 900; morph = 1000; }.${dialect} or null;
in
{
  options = declared // {
    deployment = declared.deployment
      // builtins.mapAttrs (option: default: declared.deployment.${option} // { inherit default; }) defaults;
  };
  config = if named == null then { } else { networking.hostName = lib.mkOverride named name; };
}
