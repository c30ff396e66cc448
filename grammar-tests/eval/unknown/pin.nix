# What a pin that is not nixpkgs holds is not known.
import (import ../okay/pins-input/npins).agenix { }
