{ first = throw "compared"; second = 1; } == { first = 1; third = 1; }
