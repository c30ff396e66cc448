let lib = { mkIt = 1; }; in with lib; with builtins; [ mkIt (builtins ? noSuchThing) (builtins.noSuchThing or 2) ((lib // builtins).mkIt) ]
