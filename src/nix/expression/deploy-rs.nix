# deploy-rs' way: the output `deploy` names hosts and what is activated there. What is nearest to the profile wins. Only
# the profile `system` is a NixOS machine; its configuration is what `activate.nixos` was given.
{ source, machine, ... }:
let
  inherit (builtins.head source.tops) _file value;

  settings = node:
    let
      levels = (if node ? profiles.system then [ node.profiles.system ] else [ ]) ++ [ node value ];
      said = theirs: builtins.filter (it: it != null) (map (level: level.${theirs} or null) levels);
      nearest = ours: theirs: if said theirs == [ ] then { } else { ${ours} = builtins.head (said theirs); };
      own = nearest "targetUser" "sshUser" // nearest "buildOnTarget" "remoteBuild" // {
        # Only a node has a host; the options for ssh of all levels count.
        targetHost = node.hostname;
        sshOptions = builtins.concatLists (said "sshOpts");
      };
      # deploy-rs makes a URL of the host, so that it may have a port.
      parts = builtins.match "([^:]+|\\[[^]]*]):([0-9]+)" own.targetHost;
      host = builtins.elemAt parts 0;
      inside = builtins.match "\\[(.*)]" host;
    in
    own // (if parts == null then { } else {
      targetHost = if inside == null then host else builtins.head inside;
      targetPort = builtins.fromJSON (builtins.elemAt parts 1);
    });

  system = name: node:
    node.profiles.system.path.nixwrightSystem or (throw
      "the node `${name}` of deploy-rs has no profile `system` that `activate.nixos` made of a NixOS configuration");

  # Nodes that only have other profiles, such as a person's home, are no machines.
  systems = builtins.removeAttrs value.nodes
    (builtins.filter (name: !(value.nodes.${name} ? profiles.system)) (builtins.attrNames value.nodes));

  extended = name: node: (system name node).extendModules {
    modules = machine name ++ [ { inherit _file; deployment = settings node; } ];
    specialArgs = { inherit name; };
  };
in
{
  description = null;
  rollout = { };
  machines = builtins.mapAttrs
    (name: node: rec { configuration = extended name node; inherit (configuration.config) deployment; })
    systems;
}
