# How webmail is reached.
{
  deployment = {
    targetHost = "10.60.6.1";
    targetPort = 2206;
    tags = [ "mail" ];
  };
  deployment.dependsOn = [ "imap" ];
  services.openssh = { enable = true; ports = [ 2206 ]; };
}
