# Only somebody who types a password could log in.
{
  web = {
    deployment.targetHost = "web.internal";
    services.openssh = { enable = true; settings.PubkeyAuthentication = false; }; # error
  };
  db = {
    deployment.targetHost = "db.internal";
    services.openssh = { enable = true; extraConfig = "PubkeyAuthentication no"; }; # error
  };
  mail = {
    deployment.targetHost = "mail.internal";
    services.openssh = { enable = true; settings.AuthenticationMethods = "publickey,keyboard-interactive password"; }; # error
  };
}
