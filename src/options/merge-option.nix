# The value of an option that somebody declares, from its definitions: as NixOS makes it, with the functions of the
# library at hand.
#
# Conditions and priorities around the definitions are looked through by the library. Knows nothing of other options.
lib: loc: option: definitions:
let
  default = if option ? default then [ { file = "the option's default"; value = lib.mkOptionDefault option.default; } ] else [ ];
  type = option.type or lib.types.unspecified;
  merged = (lib.modules.mergeDefinitions loc type (default ++ definitions)).mergedValue;
in
if option ? apply then option.apply merged else merged
