# What nixwright adds to a machine, whatever its dialect: the options of a deployment, units that tell when a key is
# there, and what the state remembers of the machine. What the network says plainly comes before all of it.
{ name, part, dialect, deployment, remembered }:
[
  {
    _file = "nixwright";
    imports = [ (part.dialectOptions { inherit dialect deployment; inherit (part) options; }) part.keys ];
  }
  ({ config, lib, ... }: {
    _file = "nixwright";
    config = {
      users.users.root.openssh.authorizedKeys.keys =
        lib.optional (config.deployment.provisionSSHKey && remembered.publicKey != null) remembered.publicKey;
    } // (if remembered.stateVersion == null then { } else {
      system.stateVersion = lib.mkDefault remembered.stateVersion;
    });
  })
]
