# Keys in home folders are not read, passwords are not taken, and nobody has a key.
{
  web = {
    deployment.targetHost = "web.internal";
    services.openssh = { enable = true; authorizedKeysInHomedir = false; settings.PasswordAuthentication = false; };
    users.users.root.openssh.authorizedKeys.keys = [ ]; # error
  };
  db = { lib, ... }: {
    deployment = { targetHost = "db.internal"; targetUser = "root"; }; # error
    services.openssh = {
      enable = true;
      passwordAuthentication = false;
      authorizedKeysFiles = lib.mkForce [ "/etc/ssh/authorized_keys.d/%u" ];
    };
    users.users.alice.openssh.authorizedKeys.keys = [ "ssh-ed25519 AAAA alice" ];
  };
}
