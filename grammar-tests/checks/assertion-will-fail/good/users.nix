# Complete users, users of NixOS' own services, and a release that asks for nothing.
{
  web = {
    deployment.targetHost = "web.internal";
    system.stateVersion = "22.05";
    users.groups.backup = { };
    users.users.root.extraGroups = [ "wheel" ];
    users.users.backup = { isSystemUser = true; group = "backup"; };
    users.users.deploy = { isNormalUser = true; extraGroups = [ "wheel" ]; };
    users.users.jellyfin = { isSystemUser = true; extraGroups = [ "video" ]; };
    services.jellyfin.enable = true;
  };
  old = {
    deployment.targetHost = "old.internal";
    system.stateVersion = "18.09";
    users.users.backup.isSystemUser = true;
    users.users.deploy.extraGroups = [ "wheel" ];
  };
}
