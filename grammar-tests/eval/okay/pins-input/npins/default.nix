# Written for this test: turns a lock of npins into sources, the way npins' own file does.
let
  lock = builtins.fromJSON (builtins.readFile ./sources.json);
  plain = name: builtins.concatStringsSep "" (map
    (it: if builtins.isString it then it else "_")
    (builtins.split "[^a-zA-Z0-9]" name));
  replaced = name: path:
    let
      other = builtins.getEnv "NPINS_OVERRIDE_${plain name}";
    in
    if other == "" then path
    else builtins.trace "${name} is replaced" (
      if builtins.substring 0 1 other == "/" then /. + other else /. + builtins.getEnv "PWD" + "/${other}"
    );
  fetch = spec:
    if spec.type == "Channel" then builtins.fetchTarball { inherit (spec) url; sha256 = spec.hash; }
    else if spec.url != null then builtins.fetchTarball { inherit (spec) url; sha256 = spec.hash; }
    else (builtins.fetchGit { inherit (spec.repository) url; rev = spec.revision; name = "source"; }).outPath;
  source = name: spec: assert spec ? type; spec // { outPath = replaced name (fetch spec); };
in
if lock.version == 5 then builtins.mapAttrs source lock.pins else throw "the version ${toString lock.version} is not known"
