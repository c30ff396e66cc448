# XML of every kind of value.
builtins.toXML { a = [ 1 1.5 "<&\"" null true ]; f = { x, y ? 1, ... }@z: x; g = x: x; p = /a; }
