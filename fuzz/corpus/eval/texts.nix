# A seed for the fuzz target eval: texts.
[ (builtins.match "(a*)(b)?" "aab") (builtins.replaceStrings [ "" "a" ] [ "-" "b" ] "aXa") (builtins.split "," "a,b") (builtins.toJSON { a = 1.5; }) ]
