# How queue is reached.
{
  deployment = {
    targetHost = "10.60.7.1";
    targetPort = 22;
    tags = [ "mail" ];
  };
  deployment.dependsOn = [ ];
  services.openssh = { enable = true; ports = [ 22 ]; };
}
