builtins.readFile (builtins.fetchurl { url = "https://example.org/x"; sha256 = "0000000000000000000000000000000000000000000000000000"; } + "")
