# ssh is told another user, and somebody else may set the option under a condition.
{ strict ? true }:
{
  web = {
    deployment = { targetHost = "web.internal"; sshOptions = [ "-l" "deploy" ]; };
    services.openssh = { enable = true; permitRootLogin = "no"; };
  };
  db = { lib, pkgs, ... }: {
    deployment.targetHost = "db.internal";
    services.openssh.enable = true;
    services.openssh.permitRootLogin = lib.mkIf pkgs.stdenv.isLinux "no";
  };
}
