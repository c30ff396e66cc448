# Packages are not at hand.
(import (import ../okay/pins-input/niv/sources.nix).nixpkgs { }).hello.version
