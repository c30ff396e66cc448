# How mx2 is reached.
{
  deployment = {
    targetHost = "10.60.1.1";
    targetPort = 22;
    tags = [ "mail" ];
  };
  deployment.dependsOn = [ "filter" "mx1" ];
  services.openssh = { enable = true; ports = [ 22 ]; };
}
