# The functions of nixpkgs' `lib` that deployment-options.nix uses, made to describe types instead of checking values.
#
# Only the static half evaluates this: the same module that Nix evaluates with the real `lib` becomes plain data here.
{
  mkOption = option: option // { _type = "option"; };
  types = rec {
    str = { kind = "str"; };
    bool = { kind = "bool"; };
    int = { kind = "int"; };
    port = { kind = "int"; lowest = 0; highest = 65535; };
    ints.unsigned = { kind = "int"; lowest = 0; };
    ints.positive = { kind = "int"; lowest = 1; };
    path = { kind = "path"; };
    attrs = { kind = "set"; };
    unspecified = { kind = "anything"; };
    nullOr = of: { kind = "nullOr"; inherit of; };
    listOf = of: { kind = "listOf"; inherit of; };
    attrsOf = of: { kind = "attrsOf"; inherit of; };
    either = left: right: { kind = "either"; inherit left right; };
    coercedTo = from: _: to: { kind = "either"; left = from; right = to; };
    enum = values: { kind = "enum"; inherit values; };
    submodule = module: { kind = "submodule"; inherit module; };
  };
}
