# A set under a condition that is not known may have the names of either arm, and no others: what it is laid over keeps the rest.
let
  condition = builtins.currentTime == 0;
  perhaps = if condition then { } else { c = 3; };
  over = { a = 1; b = 2; } // perhaps;
  several = over // (if condition then { d = 4; } else { d = 4; e = 5; });
in
[ over.a over.b (over ? z) (over.z or "none") (perhaps ? a) several.a several.d (several ? y) (({ c = 1; } // perhaps) ? c)
  (perhaps // { c = 6; }).c ((removeAttrs over [ "c" ]).a) ]
