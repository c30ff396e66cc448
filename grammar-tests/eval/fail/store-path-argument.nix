builtins.path { path = ./.; paht = 1; }
