# Both ways to give a user of the system a shell.
let
  rules = [ { users = [ "deploy" ]; commands = [ { command = "ALL"; options = [ "NOPASSWD" ]; } ]; } ];
in
{
  web = { pkgs, ... }: {
    deployment = { targetHost = "web.internal"; targetUser = "deploy"; };
    services.openssh.enable = true;
    security.sudo.extraRules = rules;
    users.users.deploy = { isSystemUser = true; group = "deploy"; shell = pkgs.bash; };
  };
  db = {
    deployment = { targetHost = "db.internal"; targetUser = "deploy"; };
    services.openssh.enable = true;
    security.sudo.extraRules = rules;
    users.users.deploy = { isSystemUser = true; group = "deploy"; useDefaultShell = true; };
  };
}
