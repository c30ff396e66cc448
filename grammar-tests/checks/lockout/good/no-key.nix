# A key file, a key of a module, a home folder, a password, a key that this tool makes.
let
  closed = { enable = true; authorizedKeysInHomedir = false; settings.PasswordAuthentication = false; };
in
{
  file = {
    deployment.targetHost = "file.internal";
    services.openssh = closed;
    users.users.root.openssh.authorizedKeys = { keys = [ ]; keyFiles = [ ./no-key-input/key.pub ]; };
  };
  other = {
    imports = [ { users.extraUsers.root.openssh.authorizedKeys.keys = [ "ssh-ed25519 AAAA deployer" ]; } ];
    deployment.targetHost = "other.internal";
    services.openssh = closed;
    users.users.root.openssh.authorizedKeys.keys = [ ];
  };
  home = {
    deployment.targetHost = "home.internal";
    services.openssh = { enable = true; passwordAuthentication = false; };
    users.users.root.openssh.authorizedKeys.keys = [ ];
  };
  password = {
    deployment.targetHost = "password.internal";
    services.openssh = { enable = true; authorizedKeysInHomedir = false; };
    users.users.root.openssh.authorizedKeys.keys = [ ];
  };
  provisioned = {
    deployment = { targetHost = "provisioned.internal"; provisionSSHKey = true; };
    services.openssh = closed;
  };
}
