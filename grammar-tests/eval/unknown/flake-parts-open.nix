# A module that is not on disk may define more machines.
builtins.attrNames (builtins.getFlake (toString ../okay/flakes-input/parts-open)).nixosConfigurations
