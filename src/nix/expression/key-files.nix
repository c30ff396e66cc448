# The keys of a machine, and morph's secrets, as nixwright sends them: what goes where, whose it is, where it comes from.
deployment:
let
  key = name: it: {
    option = "deployment.keys.${name}";
    inherit (it) path user group permissions uploadAt text keyFile keyCommand;
    makeFolders = true;
    action = [ ];
  };
  secret = name: it: {
    option = "deployment.secrets.${name}";
    path = toString it.destination;
    inherit (it.owner) user group;
    inherit (it) permissions uploadAt action;
    makeFolders = it.mkDirs;
    text = null;
    keyFile = it.source;
    keyCommand = null;
  };
  all = make: set: map (name: make name set.${name}) (builtins.attrNames set);
in
all key deployment.keys ++ all secret deployment.secrets
