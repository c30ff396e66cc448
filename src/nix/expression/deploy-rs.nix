# deploy-rs' way: the output `deploy` names hosts and what is activated there. What is nearest to the profile wins. Only
# the profile `system` is a NixOS machine; its configuration is what `activate.nixos` was given.
{ source, machine, evaluate }:
let
  inherit (builtins.head source.tops) _file value;
  names = { hostname = "targetHost"; sshUser = "targetUser"; sshOpts = "sshOptions"; remoteBuild = "buildOnTarget"; };

  settings = node:
    let
      levels = (if node ? profiles.system then [ node.profiles.system ] else [ ]) ++ [ node value ];
      nearest = theirs: builtins.filter (level: level ? ${theirs}) levels;
      said = builtins.filter (theirs: nearest theirs != [ ]) (builtins.attrNames names);
      own = builtins.listToAttrs (map (theirs: {
        name = names.${theirs};
        value = (builtins.head (nearest theirs)).${theirs};
      }) said);
      # deploy-rs makes a URL of the host, so that it may have a port.
      parts = builtins.match "([^:]+|\\[[^]]*]):([0-9]+)" own.targetHost;
      host = builtins.elemAt parts 0;
      inside = builtins.match "\\[(.*)]" host;
    in
    own // (if !(own ? targetHost) || parts == null then { } else {
      targetHost = if inside == null then host else builtins.head inside;
      targetPort = builtins.fromJSON (builtins.elemAt parts 1);
    });

  system = name: node:
    node.profiles.system.path.nixwrightSystem or (throw
      "the node `${name}` of deploy-rs has no profile `system` that `activate.nixos` made of a NixOS configuration");

  # Whom to log in as is the business of ssh unless it is said.
  toSsh = { lib, ... }: { _file = "nixwright"; deployment.targetUser = lib.mkOverride 1400 null; };

  extended = name: node: (system name node).extendModules {
    modules = machine name ++ [ { inherit _file; deployment = settings node; } toSsh ];
    specialArgs = { inherit name; };
  };
in
{
  description = null;
  rollout = { };
  machines = builtins.mapAttrs
    (name: node: rec { configuration = extended name node; inherit (configuration.config) deployment; })
    value.nodes;
}
