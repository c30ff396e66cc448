# The deployment settings of one machine as plain data: what nixwright needs to reach it and to order it. Secrets stay
# out. `notYet` names the settings that the machine uses and this version of nixwright does not act on, so that nobody
# believes they had an effect.
deployment:
let
  isSet = name: let value = deployment.${name}; in
    if builtins.isAttrs value then anyUsed value else isUsed value;
  isUsed = value:
    if builtins.isList value then value != [ ]
    else if builtins.isAttrs value then anyUsed value
    else value == true;
  # Sets of old module systems have `_module` beside their options.
  anyUsed = set: builtins.any (name: name != "_module" && isUsed set.${name}) (builtins.attrNames set);

  # The checks of all kinds in one list, each with its kind.
  checks = of: builtins.concatLists (map (kind: map (check kind) of.${kind}) [ "tcp" "http" "cmd" "unit" "command" ]);
  check = kind: it: {
    inherit (it) description period timeout retries;
    question = { inherit kind; } // removeAttrs it [ "_module" "description" "period" "timeout" "retries" "insecureSSL" ]
      // (if kind == "http" then { insecure = it.insecure || it.insecureSSL; } else { });
  };
in
{
  inherit (deployment)
    targetHost targetPort targetUser targetEnv sshOptions privilegeEscalationCommand hostKeys provisionSSHKey
    tags alwaysActivate buildOnly dependsOn reboot substituteOnDestination;
  healthChecks = checks deployment.healthChecks;
  preDeployChecks = checks deployment.preDeployChecks;
  confirmTimeout = if deployment.rollback.enable then deployment.rollback.confirmTimeout else null;
  hooks = {
    inherit (deployment.hooks) timeout;
    pre = { inherit (deployment.hooks.pre) deployer target; };
    post = { inherit (deployment.hooks.post) deployer target; };
  };
  notYet =
    builtins.filter isSet [ "buildOnTarget" ];
}
