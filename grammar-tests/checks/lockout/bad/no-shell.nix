# Users of the system have no shell unless somebody gives them one.
{
  web = {
    deployment = { targetHost = "web.internal"; targetUser = "deploy"; };
    services.openssh.enable = true;
    security.sudo.extraRules = [ { users = [ "deploy" ]; commands = [ { command = "ALL"; options = [ "NOPASSWD" ]; } ]; } ];
    users.users.deploy = {
      isSystemUser = true; # error
      group = "deploy";
    };
  };
}
