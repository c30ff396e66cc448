# How ldap is reached.
{
  deployment = {
    targetHost = "10.60.4.1";
    targetPort = 2204;
    tags = [ "mail" ];
  };
  deployment.dependsOn = [ ];
  services.openssh = { enable = true; ports = [ 2204 ]; };
}
