# A seed for the fuzz target modules: function.
{ host ? "a", ... }: { web.deployment = { targetHost = host; targetPort = "22"; keys.k = { text = "x"; }; dependsOn = [ "wbe" ]; }; }
