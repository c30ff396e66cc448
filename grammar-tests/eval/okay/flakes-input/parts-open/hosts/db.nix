# A machine.
{ networking.hostName = "db"; }
