# What releases since 21.11 ask of users.
{
  web = {
    deployment.targetHost = "web.internal";
    system.stateVersion = "22.05";
    users.users.backup.isSystemUser = true; # warning
    users.users.deploy = {
      extraGroups = [ "wheel" ]; # warning
    };
  };
}
