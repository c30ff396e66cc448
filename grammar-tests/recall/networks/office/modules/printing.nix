# Printers on every floor.
{ config, lib, ... }:
{
  options.printing.floors = lib.mkOption { type = lib.types.int; default = 1; };
  config.services.printing.browsedConf =
    lib.concatMapStrings (floor: "printer ${toString floor}\n") (lib.range 1 config.printing.floors);
}
