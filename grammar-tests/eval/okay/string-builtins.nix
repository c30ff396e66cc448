# Builtins on strings.
with builtins; [
  (substring 1 2 "hello") (substring 0 (-1) "hello") (substring 10 2 "hello") (stringLength "hé")
  (replaceStrings [ "a" "" ] [ "A" "_" ] "banana") (concatStringsSep ", " [ "a" "b" ])
  (toString [ 1 "a" [ 2 ] true null 1.5 ]) (toString { __toString = self: "x"; }) (toString { outPath = "/x"; })
  (baseNameOf "/a/b/") (dirOf "/a/b") (dirOf "a") (hashString "sha256" "abc") (hashString "md5" "abc")
  (hashString "sha1" "abc") (hashString "sha512" "abc")
]
