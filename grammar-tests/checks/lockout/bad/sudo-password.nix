# Of wheel with a password, of no group at all, and sudo that is not there.
{
  web = {
    deployment = { targetHost = "web.internal"; targetUser = "deploy"; }; # error
    services.openssh.enable = true;
    users.users.deploy = { isNormalUser = true; extraGroups = [ "wheel" ]; };
    security.sudo.wheelNeedsPassword = true;
  };
  db = {
    deployment = { targetHost = "db.internal"; targetUser = "deploy"; }; # error
    services.openssh.enable = true;
    users.users.deploy.isNormalUser = true;
    security.sudo.wheelNeedsPassword = false;
  };
  mail = {
    deployment = { targetHost = "mail.internal"; targetUser = "deploy"; };
    services.openssh.enable = true;
    users.users.deploy = { isNormalUser = true; extraGroups = [ "wheel" ]; };
    security.sudo.enable = false; # error
  };
}
