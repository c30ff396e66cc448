# How mx1 is reached.
{
  deployment = {
    targetHost = "10.60.0.1";
    targetPort = 2200;
    tags = [ "mail" ];
  };
  deployment.dependsOn = [ "filter" ];
  services.openssh = { enable = true; ports = [ 2200 ]; };
}
