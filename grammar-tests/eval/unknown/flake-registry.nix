# A name of the registry.
builtins.getFlake "dwarffs"
