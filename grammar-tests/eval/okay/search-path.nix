# `<x>` asks `__findFile` and `__nixPath`, which may be the user's.
let __findFile = path: name: { inherit path name; }; __nixPath = 1; in <a/b>
