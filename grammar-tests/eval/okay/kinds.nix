# What values are.
with builtins; map typeOf [ 1 1.5 "a" /a null true [ ] { } (x: x) map ] ++ [ (isFunction map) (isAttrs { }) (isNull null) (isPath /a) ]
