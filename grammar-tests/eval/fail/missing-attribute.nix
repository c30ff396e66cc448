{ targetHost = 1; }.targetHst
