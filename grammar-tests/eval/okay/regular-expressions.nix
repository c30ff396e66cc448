# `match` and `split`: the longest match, groups that took no part, empty matches.
with builtins; [
  (match "a(b*)c" "abbc") (match "a(b*)c" "xabbc") (match "(a)|(b)" "b") (match "(foo|foobar)(bar)?" "foobar")
  (match "((a)|b)+" "ab") (match "[]]" "]") (match "a{2,3}" "aaa") (match "([[:alpha:]]+)([0-9]*)" "abc123")
  (split "(b)" "abcb") (split "b*" "abbc") (split "" "abc") (split "a|ab" "abab") (split "^a" "aab") (split "," "a,,b,")
]
