builtins.sort builtins.lessThan [ (throw "an element") ]
