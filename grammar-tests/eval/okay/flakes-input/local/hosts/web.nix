# A machine.
{ networking.hostName = "web"; }
