# Patterns, places, and lists that another module makes longer.
{
  web = {
    deployment.targetHost = "web.internal";
    services.openssh = { enable = true; settings.AllowUsers = [ "alice" "r*" ]; };
  };
  db = {
    deployment.targetHost = "db.internal";
    services.openssh = { enable = true; extraConfig = "AllowUsers alice root@10.0.0.*"; };
  };
  mail = {
    imports = [ { services.openssh.settings.AllowUsers = [ "root" ]; } ];
    deployment.targetHost = "mail.internal";
    services.openssh = { enable = true; settings.AllowUsers = [ "alice" ]; settings.DenyUsers = [ "guest" ]; };
  };
}
