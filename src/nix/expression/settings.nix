# The deployment settings of one machine as plain data: what nixwright needs to reach it and to order it. Secrets stay
# out.
deployment:
let
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
    tags alwaysActivate buildOnly buildOnTarget dependsOn reboot substituteOnDestination;
  healthChecks = checks deployment.healthChecks;
  preDeployChecks = checks deployment.preDeployChecks;
  confirmTimeout = if deployment.rollback.enable then deployment.rollback.confirmTimeout else null;
  hooks = {
    inherit (deployment.hooks) timeout;
    pre = { inherit (deployment.hooks.pre) deployer target; };
    post = { inherit (deployment.hooks.post) deployer target; };
  };
}
