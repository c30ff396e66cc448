# Public keys, plain files, a key of the deployment, and what only a digest is made of.
{
  web = {
    deployment.targetHost = "web.internal";
    users.users.root.openssh.authorizedKeys.keys = [ (builtins.readFile ./files-input/id_ed25519.pub) ];
    users.motd = builtins.readFile ./files-input/motd;
    environment.etc."digest".text = builtins.hashString "sha256" (builtins.readFile ./files-input/motd);
  };
}
