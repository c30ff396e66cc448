# Sets under one name are merged at every depth (Nix 2.26; earlier ones call `services` a duplicate).
{
  systemd.user.services.orca.wantedBy = [ ];
  systemd.user = {
    services.lock = { description = "Lock"; };
    services.${"un" + "lock"}.description = "Unlock";
  };
  systemd = {
    user.services.orca = { enable = true; };
  };
}
