# Users that the configuration does not name are removed.
{
  web = {
    deployment = { targetHost = "web.internal"; targetUser = "deploy"; }; # error
    services.openssh.enable = true;
    users.mutableUsers = false;
    users.users.alice.isNormalUser = true;
  };
}
