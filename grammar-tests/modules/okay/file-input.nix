# Imported by a case, twice.
{ lib, ... }: { seen = [ "file" ]; imports = [ ]; }
