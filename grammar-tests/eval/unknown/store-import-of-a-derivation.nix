import (derivation { name = "a"; system = "b"; builder = "c"; })
