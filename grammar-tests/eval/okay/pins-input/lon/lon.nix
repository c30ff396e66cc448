# Written for this test: turns a lock of lon into sources, the way lon's own file does.
let
  lock = builtins.fromJSON (builtins.readFile ./lon.lock);
  replaced = name: path:
    let
      other = builtins.getEnv "LON_OVERRIDE_${name}";
    in
    if other == "" then path else if builtins.substring 0 1 other == "/" then /. + other else /. + builtins.getEnv "PWD" + "/${other}";
  fetch = { fetchType, url, revision, hash ? null, ... }@spec:
    if fetchType == "git" then builtins.fetchGit { inherit url; rev = revision; ref = spec.branch; inherit (spec) submodules; }
    else if fetchType == "tarball" then builtins.fetchTarball { inherit url; sha256 = hash; }
    else builtins.throw "the type ${fetchType} is not known";
in
builtins.mapAttrs (name: spec: replaced name (fetch spec)) lock.sources
