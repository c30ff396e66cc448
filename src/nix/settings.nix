# The deployment settings of one machine as plain data: what nixwright needs to reach it and to order it. Secrets stay out.
deployment: {
  inherit (deployment)
    targetHost targetPort targetUser targetEnv sshOptions privilegeEscalationCommand hostKeys provisionSSHKey
    tags alwaysActivate dependsOn substituteOnDestination;
}
