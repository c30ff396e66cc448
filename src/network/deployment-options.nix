# placeholder until the network room lands
{ lib, ... }: with lib; { options.deployment = {
  targetHost = mkOption { type = types.nullOr types.str; }; targetPort = mkOption { type = types.nullOr types.int; default = null; };
  targetUser = mkOption { type = types.str; default = "root"; }; targetEnv = mkOption { type = types.str; default = "none"; };
  sshOptions = mkOption { type = types.listOf types.str; default = []; }; privilegeEscalationCommand = mkOption { type = types.listOf types.str; default = [ "sudo" "-H" "--" ]; };
  hostKeys = mkOption { type = types.listOf types.str; default = []; }; provisionSSHKey = mkOption { type = types.bool; default = false; };
  tags = mkOption { type = types.listOf types.str; default = []; }; alwaysActivate = mkOption { type = types.bool; default = true; };
  dependsOn = mkOption { type = types.listOf types.str; default = []; };
}; }
