# The name of the option until 22.11, and a user who is named.
{
  web = {
    deployment = { targetHost = "web.internal"; targetUser = "root"; };
    services.openssh = { enable = true; passwordAuthentication = false; permitRootLogin = "no"; }; # error
  };
}
