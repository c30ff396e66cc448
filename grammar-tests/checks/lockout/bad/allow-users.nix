# Both ways to say who may log in, and one to say who may not.
{
  web = {
    deployment.targetHost = "web.internal";
    services.openssh = { enable = true; settings.AllowUsers = [ "alice" "bob" ]; }; # error
  };
  db = {
    deployment.targetHost = "db.internal";
    services.openssh = { enable = true; extraConfig = "AllowUsers alice bob"; }; # error
  };
  mail = {
    deployment.targetHost = "mail.internal";
    services.openssh = { enable = true; settings.DenyUsers = [ "guest" "root" ]; }; # error
  };
}
