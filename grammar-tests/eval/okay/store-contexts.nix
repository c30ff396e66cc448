# What strings refer to, through every builtin that keeps or drops it.
let
  inherit (builtins) getContext hasContext unsafeDiscardStringContext appendContext;
  drv = derivation { name = "d"; system = "x"; builder = "b"; outputs = [ "out" "dev" ]; };
  file = builtins.toFile "f" "x";
  both = "${file}:${drv.dev}";
  has = map hasContext;
in
{
  kept = has [
    both (both + "x") ("x" + both) (builtins.substring 0 0 both) (baseNameOf both) (dirOf both)
    (builtins.concatStringsSep file [ ]) (builtins.concatStringsSep "," [ both ]) (toString [ 1 both ])
    (builtins.replaceStrings [ "x" ] [ both ] "axb") (builtins.replaceStrings [ "y" ] [ "z" ] both)
    (builtins.toJSON { a = both; }) (builtins.toXML { a = both; }) "${drv}" drv.drvPath
    (builtins.head (builtins.split "q" both)) (toString drv) (builtins.toPath file)
    (builtins.unsafeDiscardOutputDependency drv.drvPath)
  ];
  dropped = has [
    "" (unsafeDiscardStringContext both) (builtins.replaceStrings [ "q" ] [ both ] "axb")
    (builtins.replaceStrings [ both ] [ "x" ] "a") (builtins.hashString "md5" both)
    (builtins.head (builtins.split "/" both)) (builtins.head (builtins.match "(.*)" both))
    (builtins.toString 1)
  ];
  both = getContext both;
  deep = getContext drv.drvPath;
  shallow = getContext (builtins.unsafeDiscardOutputDependency drv.drvPath);
  appended = getContext (appendContext "x" {
    ${unsafeDiscardStringContext file} = { path = true; };
    ${unsafeDiscardStringContext drv.drvPath} = { outputs = [ "dev" "out" ]; allOutputs = true; };
  });
  twice = appendContext both (getContext both) == both && getContext (appendContext both (getContext both)) == getContext both;
  length = builtins.stringLength both;
  equal = both == unsafeDiscardStringContext both;
  made = (derivation { name = "e"; system = "x"; builder = "b"; a = appendContext "" (getContext both); }).drvPath;
}
