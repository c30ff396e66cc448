builtins.fetchTarball { url = "https://example.org/x"; hash = "x"; }
