# Where things were written.
let s = {
  abc = 1;
}; p = builtins.unsafeGetAttrPos "abc" s; in [ p.line p.column __curPos.line ]
