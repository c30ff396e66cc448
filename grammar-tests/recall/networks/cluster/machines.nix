# From the table to machines: a master and its workers in each rack.
{ lib }:
let
  table = import ./table.nix;
  worker = rack: number: {
    name = "${rack}-worker${toString number}";
    value = {
      imports = [ ./modules/worker.nix ];
      deployment.targetHost = "${table.${rack}.network}.${toString (10 + number)}";
      deployment.tags = [ "worker" "rack-${rack}" ];
      deployment.dependsOn = [ "${rack}-master" ];
      cluster.rack = rack;
    };
  };
  master = rack: {
    name = "${rack}-master";
    value = {
      imports = [ ./modules/master.nix ];
      deployment.targetHost = "${table.${rack}.network}.1";
      deployment.tags = [ "master" "rack-${rack}" ];
      cluster.rack = rack;
    };
  };
  workersOf = rack: map (worker rack) (lib.range 1 table.${rack}.workers);
  racks = builtins.attrNames table;
in
builtins.listToAttrs (map master racks ++ lib.concatMap workersOf racks)
