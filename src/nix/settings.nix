# The deployment settings of one machine as plain data: what nixwright needs to reach it and to order it. Secrets stay
# out. `notYet` names the settings that the machine uses and this version of nixwright does not act on, so that nobody
# believes they had an effect.
deployment:
let
  isSet = name: let value = deployment.${name}; in
    if builtins.isAttrs value then builtins.any (inner: isUsed value.${inner}) (builtins.attrNames value) else isUsed value;
  isUsed = value:
    if builtins.isList value then value != [ ]
    else if builtins.isAttrs value then builtins.any (inner: isUsed value.${inner}) (builtins.attrNames value)
    else value == true;
in
{
  inherit (deployment)
    targetHost targetPort targetUser targetEnv sshOptions privilegeEscalationCommand hostKeys provisionSSHKey
    tags alwaysActivate dependsOn substituteOnDestination;
  notYet =
    builtins.filter (name: deployment.${name} != { }) [ "keys" "secrets" ]
    ++ builtins.filter isSet [ "healthChecks" "preDeployChecks" "hooks" "buildOnTarget" "buildOnly" ]
    ++ (if deployment.reboot == "never" then [ ] else [ "reboot" ])
    ++ (if deployment.rollback.enable then [ ] else [ "rollback.enable" ]);
}
