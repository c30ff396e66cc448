# Written for this test: turns a lock of niv into sources, the way niv's own file does, old fetchers and all.
let
  fetchTarball = { url, sha256, name ? null }@asked:
    if builtins.lessThan builtins.nixVersion "1.12" then builtins.fetchTarball { inherit url; }
    else builtins.fetchTarball (removeAttrs asked [ "name" ]);
  fetch = name: spec:
    if spec.type == "tarball" then fetchTarball { inherit (spec) url sha256; name = "${name}-src"; }
    else if spec.type == "git" then builtins.fetchGit { url = spec.repo; inherit (spec) rev; }
    else abort "niv does not know the type ${builtins.toJSON spec.type}";
  replaced = name: path:
    let
      other = builtins.getEnv "NIV_OVERRIDE_${name}";
    in
    if other == "" then path else if builtins.substring 0 1 other == "/" then /. + other else /. + builtins.getEnv "PWD" + "/${other}";
  make = name: spec: if spec ? outPath then abort "no outPath here" else spec // { outPath = replaced name (fetch name spec); };
  sources = builtins.mapAttrs make (builtins.fromJSON (builtins.readFile ./sources.json));
in
sources // { __functor = _: _: sources; }
