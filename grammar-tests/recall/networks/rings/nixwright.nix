# Twelve machines in three rings, each after the one before it.
let
  ring = number: map (seat: { inherit number seat; }) [ 1 2 3 4 ];
  machine = { number, seat }: {
    name = "ring${toString number}-${toString seat}";
    value = { lib, ... }: {
      imports = [ ./site.nix ];
      deployment.targetHost = "10.9${toString number}.0.${toString seat}";
      deployment.tags = [ "ring${toString number}" ];
      deployment.dependsOn = lib.optional (number > 1) "@ring${toString (number - 1)}";
      deployment.reboot = "when-needed";
    };
  };
  all = builtins.concatMap ring [ 1 2 3 ];
in
{
  network.description = "rings";
  network.rollout = {
    canary = "ring1-1";
    stages = [ "@ring1" "@ring2" "@ring3" ];
    maxParallel = 4;
    onFailure = "stop";
  };
  defaults.deployment.rollback.confirmTimeout = 60;
}
// builtins.listToAttrs (map machine all)
