# Each way to become root without typing.
let
  user = { isNormalUser = true; extraGroups = [ "wheel" "audio" ]; };
  deployment = { targetHost = "10.0.0.7"; targetUser = "deploy"; };
  base = { services.openssh.enable = true; users.users.deploy = user; };
in
{
  wheel = base // {
    deployment = deployment // { targetPort = 1001; };
    security.sudo.wheelNeedsPassword = false;
  };
  rule = base // {
    deployment = deployment // { targetPort = 1002; };
    security.sudo.extraRules = [ { groups = [ "audio" ]; commands = [ { command = "ALL"; options = [ "NOPASSWD" ]; } ]; } ];
  };
  line = base // {
    deployment = deployment // { targetPort = 1003; };
    security.sudo.extraConfig = "deploy ALL=(ALL) NOPASSWD: ALL";
  };
  agent = base // {
    deployment = deployment // { targetPort = 1004; };
    security.pam.enableSSHAgentAuth = true;
  };
  doas = base // {
    deployment = deployment // { targetPort = 1005; privilegeEscalationCommand = [ "doas" ]; };
    security.sudo.enable = false;
  };
  rust = base // {
    deployment = deployment // { targetPort = 1006; };
    security.sudo-rs = { enable = true; wheelNeedsPassword = false; };
  };
  member = base // {
    deployment = deployment // { targetPort = 1007; };
    users = { users.deploy.isNormalUser = true; groups.wheel.members = [ "deploy" ]; };
    security.sudo.wheelNeedsPassword = false;
  };
}
