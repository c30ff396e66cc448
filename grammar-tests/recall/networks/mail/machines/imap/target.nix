# How imap is reached.
{
  deployment = {
    targetHost = "10.60.2.1";
    targetPort = 2202;
    tags = [ "mail" ];
  };
  deployment.dependsOn = [ "ldap" ];
  services.openssh = { enable = true; ports = [ 2202 ]; };
}
