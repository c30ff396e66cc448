builtins.convertHash { hash = "sha256:zz"; toHashFormat = "sri"; }
