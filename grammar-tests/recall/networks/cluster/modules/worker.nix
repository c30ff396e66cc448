# A worker.
{ config, lib, nodes, ... }:
let
  master = nodes."${config.cluster.rack}-master".config;
  slots = if config.cluster.labels ? small then 2 else 8;
in
{
  services.kubernetes.roles = [ "node" ];
  services.kubernetes.masterAddress = master.networking.hostName;
  cluster.labels.slots = toString slots;
  boot.kernelParams = lib.optional (slots > 4) "transparent_hugepage=never";
}
