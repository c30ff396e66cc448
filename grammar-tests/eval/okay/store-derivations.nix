# Store paths of derivations: outputs, inputs, fixed outputs, structured attributes.
let
  plain = attrs: derivation ({ name = "a-1.0"; system = "x86_64-linux"; builder = "/bin/sh"; } // attrs);
  paths = drv: map (output: drv.${output}.outPath) (drv.outputs or [ "out" ]) ++ [ drv.drvPath ];
  two = plain { outputs = [ "out" "dev" ]; args = [ "-c" "echo \"$out\"\n\t\\" 3 true null ]; };
  text = builtins.toFile "script" "echo hello";
  fixed = attrs: plain ({ outputHashMode = "flat"; } // attrs);
  zeros = "0000000000000000000000000000000000000000000000000000000000000000";
  structured = plain {
    __structuredAttrs = true;
    nested = { list = [ 1 "two" null true ./store-input/text ]; inherit two; };
    outputs = [ "out" "lib" ];
    quote = "\"\\\n\r\t";
  };
in
map paths [
  (plain { })
  two
  (plain { a = "${two}/bin"; b = [ two.dev text ]; c = ./store-input/text; d = null; e = false; f = 1.5; })
  (plain { __ignoreNulls = true; nothing = null; something = ""; })
  (plain { closure = two.drvPath; bare = builtins.unsafeDiscardOutputDependency two.drvPath; })
  (plain { all = "${(plain { dep = two; }).drvPath}"; })
  (fixed { outputHash = zeros; outputHashAlgo = "sha256"; })
  (fixed { outputHash = zeros; outputHashAlgo = "sha256"; outputHashMode = "recursive"; })
  (fixed { outputHash = "da39a3ee5e6b4b0d3255bfef95601890afd80709"; outputHashAlgo = "sha1"; })
  (fixed { outputHash = "md5:d41d8cd98f00b204e9800998ecf8427e"; })
  (fixed { outputHash = "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="; outputHashMode = "recursive"; })
  (plain { input = fixed { outputHash = zeros; outputHashAlgo = "sha256"; mirror = "one"; }; })
  (plain { input = fixed { outputHash = zeros; outputHashAlgo = "sha256"; mirror = "two"; }; })
  (plain { name = "same-hash"; one = fixed { outputHash = zeros; outputHashAlgo = "sha256"; mirror = "one"; };
           two = fixed { outputHash = zeros; outputHashAlgo = "sha256"; mirror = "two"; }; })
  structured
  (plain { input = structured.lib; })
  (plain { out = "replaced"; dev = "kept"; builder = two; })
  (import <nix/fetchurl.nix> { url = "http://example.org/x.tar"; sha256 = zeros; })
  (import <nix/fetchurl.nix> { url = "http://example.org/x"; hash = "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="; executable = true; })
]
++ [
  (builtins.attrNames two)
  (two.out.outPath == two.outPath && two.dev.out == two.out && two.all == [ two.out two.dev ])
  two.dev.outputName
  two.drvAttrs.outputs
  (builtins.derivationStrict { name = "s"; system = "x"; builder = "b"; outputs = "out  doc"; })
]
