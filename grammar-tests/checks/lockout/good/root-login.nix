# A block for some addresses says otherwise; keys are enough; the last one logs in as somebody else.
{
  web = {
    deployment.targetHost = "web.internal";
    services.openssh = {
      enable = true;
      permitRootLogin = "no";
      extraConfig = ''
        Match Address 10.0.0.0/8
          PermitRootLogin prohibit-password
      '';
    };
  };
  db = {
    deployment.targetHost = "db.internal";
    services.openssh = { enable = true; settings.PermitRootLogin = "prohibit-password"; };
  };
  mail = { lib, ... }: {
    imports = [ { services.openssh.settings.PermitRootLogin = "no"; } ];
    deployment.targetHost = "mail.internal";
    services.openssh = { enable = true; settings.PermitRootLogin = lib.mkForce "yes"; };
  };
  shop = {
    deployment = { targetHost = "shop.internal"; targetUser = "deploy"; };
    services.openssh = { enable = true; settings.PermitRootLogin = "no"; };
  };
}
