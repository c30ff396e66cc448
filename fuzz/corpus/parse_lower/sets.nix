# A seed for the fuzz target parse_lower: sets.
{ a, b ? 1, ... }@args: rec { inherit (args) c; x.y = "a${b}\n"; ${"z"} = ''
  text ${a}
''; } // { f = x: x.y.z or (-1); }
