# One of the ways needs a key only.
{
  web = {
    deployment.targetHost = "web.internal";
    services.openssh = { enable = true; settings.AuthenticationMethods = "publickey,password publickey"; };
  };
  db = {
    deployment.targetHost = "db.internal";
    services.openssh = { enable = true; extraConfig = "PubkeyAuthentication yes"; };
  };
}
