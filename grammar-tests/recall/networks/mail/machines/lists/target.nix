# How lists is reached.
{
  deployment = {
    targetHost = "10.60.5.1";
    targetPort = 22;
    tags = [ "mail" ];
  };
  deployment.dependsOn = [ "mx1" "mx2" ];
  services.openssh = { enable = true; ports = [ 22 ]; };
}
