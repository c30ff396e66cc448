# A seed for the fuzz target parse_lower: damaged.
{ a = [ 1 2; b = "open ${; c = ); }
