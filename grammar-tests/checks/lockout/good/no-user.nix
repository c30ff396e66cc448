# Users stay as they are; the user is made elsewhere; root is always there.
let
  people = names: builtins.listToAttrs (map (name: { inherit name; value.isNormalUser = true; }) names);
in
{
  web = {
    deployment = { targetHost = "web.internal"; targetUser = "deploy"; };
    services.openssh.enable = true;
    users.users.alice.isNormalUser = true;
  };
  db = {
    deployment = { targetHost = "db.internal"; targetUser = "deploy"; };
    services.openssh.enable = true;
    security.sudo.wheelNeedsPassword = false;
    users = { mutableUsers = false; users = people [ "alice" "deploy" ]; groups.wheel.members = [ "deploy" ]; };
  };
  mail = {
    deployment.targetHost = "mail.internal";
    services.openssh.enable = true;
    users = { mutableUsers = false; users = people [ "alice" ]; };
  };
}
