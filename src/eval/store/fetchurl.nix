# What `import <nix/fetchurl.nix>` gives: a derivation that Nix itself builds by downloading. Its attributes are part of
# store paths, and so the same as in Nix. It downloads nothing here.
{
  url,
  name ? baseNameOf (toString url),
  hash ? "",
  sha512 ? "",
  sha256 ? "",
  sha1 ? "",
  md5 ? "",
  outputHash ? null,
  outputHashAlgo ? null,
  executable ? false,
  unpack ? false,
  impure ? false,
  system ? "",
}:
let
  # The first kind of hash that was given.
  chosen =
    if hash != "" then
      {
        outputHash = hash;
        outputHashAlgo = "";
      }
    else if sha512 != "" then
      {
        outputHash = sha512;
        outputHashAlgo = "sha512";
      }
    else if sha1 != "" then
      {
        outputHash = sha1;
        outputHashAlgo = "sha1";
      }
    else if md5 != "" then
      {
        outputHash = md5;
        outputHashAlgo = "md5";
      }
    else
      {
        outputHash = sha256;
        outputHashAlgo = "sha256";
      };
in
derivation (
  {
    inherit
      name
      url
      executable
      unpack
      ;
    urls = [ url ];
    system = "builtin";
    builder = "builtin:fetchurl";
    outputHashMode = if executable || unpack then "recursive" else "flat";
    preferLocalBuild = true;
    impureEnvVars = map (kind: kind + "_proxy") [
      "http"
      "https"
      "ftp"
      "all"
      "no"
    ];
  }
  // (
    if impure then
      { __impure = true; }
    else
      {
        outputHash = if outputHash == null then chosen.outputHash else outputHash;
        outputHashAlgo = if outputHashAlgo == null then chosen.outputHashAlgo else outputHashAlgo;
      }
  )
)
