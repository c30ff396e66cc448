# The northern branch.
{
  north = { nodes, ... }: {
    deployment.targetHost = "10.11.0.1";
    deployment.targetPort = 2022;
    services.openssh.ports = [ 2022 ];
    deployment.dependsOn = [ "files" ];
    fileSystems."/mnt" = { device = "${nodes.files.config.deployment.targetHost}:/export"; fsType = "nfs"; };
  };
  north-desk.deployment.targetHost = "10.11.0.2";
}
