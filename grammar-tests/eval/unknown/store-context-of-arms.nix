builtins.getContext (if builtins.currentTime == 1 then "a" else builtins.substring 0 1 (builtins.replaceStrings [ "x" ] [ "" ] "a${builtins.substring 0 0 (builtins.toFile "a" "")}"))
