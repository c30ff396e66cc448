# Machines of NixOS 18.09 that would shut out whoever deploys them, each beside one that looks alike and would not. What
# they do is decided by NixOS itself (lockout-shut.nix) and by the check `lockout`, and compared.
let
  user.users.users.deploy = { isNormalUser = true; extraGroups = [ "wheel" ]; };
  rule = options: [ { users = [ "deploy" ]; commands = [ { command = "ALL"; inherit options; } ]; } ];
  ssh = settings: { services.openssh = { enable = true; } // settings; };
in
{
  off = { services.openssh.enable = false; };
  off-by-default = { lib, ... }: { imports = [ { services.openssh.enable = lib.mkDefault false; } ]; services.openssh.enable = true; };

  closed = { imports = [ (ssh { openFirewall = false; }) ]; networking.firewall.allowedTCPPorts = [ 80 ]; };
  closed-but-opened = { imports = [ (ssh { openFirewall = false; }) ]; networking.firewall.allowedTCPPorts = [ 80 22 ]; };
  closed-but-range = { imports = [ (ssh { openFirewall = false; }) ]; networking.firewall.allowedTCPPortRanges = [ { from = 20; to = 30; } ]; };
  closed-without-firewall = { imports = [ (ssh { openFirewall = false; }) ]; networking.firewall.enable = false; };

  forced = { lib, ... }: { imports = [ (ssh { }) ]; networking.firewall.allowedTCPPorts = lib.mkForce [ 80 ]; };
  forced-with-port = { lib, ... }: { imports = [ (ssh { }) ]; networking.firewall.allowedTCPPorts = lib.mkForce [ 80 22 ]; };
  default-ports = { lib, ... }: { imports = [ (ssh { }) ]; networking.firewall.allowedTCPPorts = lib.mkDefault [ 80 ]; };

  moved = { imports = [ (ssh { ports = [ 2222 ]; }) ]; deployment.targetPort = 22; };
  moved-both = { imports = [ (ssh { ports = [ 2222 22 ]; }) ]; deployment.targetPort = 22; };
  listens = { imports = [ (ssh { listenAddresses = [ { addr = "10.0.0.7"; port = 2222; } ]; }) ]; deployment.targetPort = 2222; };
  listens-opened = {
    imports = [ (ssh { listenAddresses = [ { addr = "10.0.0.7"; port = 2222; } ]; }) ];
    deployment.targetPort = 2222;
    networking.firewall.allowedTCPPorts = [ 2222 ];
  };

  no-root = ssh { permitRootLogin = "no"; };
  no-root-forced = { lib, ... }: { imports = [ (ssh { permitRootLogin = "no"; }) ]; services.openssh.permitRootLogin = lib.mkForce "yes"; };
  no-root-later = ssh { permitRootLogin = "prohibit-password"; extraConfig = "PermitRootLogin no"; };
  others = ssh { extraConfig = "AllowUsers alice"; };
  others-and-root = ssh { extraConfig = "AllowUsers alice\nAllowUsers root"; };

  removed = {
    imports = [ (ssh { }) ];
    deployment.targetUser = "deploy";
    users = { mutableUsers = false; users.alice.isNormalUser = true; };
    security.sudo.extraRules = rule [ "NOPASSWD" ];
  };
  kept = {
    imports = [ (ssh { }) user ]; deployment.targetUser = "deploy";
    users.mutableUsers = false;
    security.sudo.extraRules = rule [ "NOPASSWD" ];
  };
  no-shell = {
    imports = [ (ssh { }) ];
    deployment.targetUser = "deploy";
    users.users.deploy.isSystemUser = true;
    security.sudo.extraRules = rule [ "NOPASSWD" ];
  };
  with-shell = {
    imports = [ (ssh { }) ];
    deployment.targetUser = "deploy";
    users.users.deploy = { isSystemUser = true; useDefaultShell = true; };
    security.sudo.extraRules = rule [ "NOPASSWD" ];
  };

  asked = { imports = [ (ssh { }) user ]; deployment.targetUser = "deploy"; };
  not-asked = { imports = [ (ssh { }) user ]; deployment.targetUser = "deploy"; security.sudo.wheelNeedsPassword = false; };
  asked-by-rule = { imports = [ (ssh { }) user ]; deployment.targetUser = "deploy"; security.sudo.extraRules = rule [ "SETENV" ]; };
  no-sudo = { imports = [ (ssh { }) user ]; deployment.targetUser = "deploy"; security.sudo.enable = false; };
  member = {
    imports = [ (ssh { }) ];
    deployment.targetUser = "deploy";
    users = { extraUsers.deploy.isNormalUser = true; groups.wheel.members = [ "deploy" ]; };
    security.sudo.wheelNeedsPassword = false;
  };
}
