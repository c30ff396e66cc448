# Today's name of the option; nobody says as whom to log in, so it is root.
{
  web = {
    deployment.targetHost = "web.internal";
    services.openssh = {
      enable = true;
      settings = {
        PasswordAuthentication = false;
        PermitRootLogin = "no"; # error
      };
    };
  };
}
