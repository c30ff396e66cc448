# A derivation is a set; only its paths are unknown.
let d = derivation { name = "n"; builder = "/b"; system = "s"; x = 1; }; in [ d.name d.type d.system d.x d.outputName (d ? outPath) (d.drvAttrs.x) ]
