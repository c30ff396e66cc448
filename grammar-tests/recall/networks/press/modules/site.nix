# What the three have in common.
{ modulesPath, ... }:
{
  imports = [ (modulesPath + "/profiles/headless.nix") ];
  i18n.defaultLocale = "en_GB.UTF-8";
  services.openssh.enable = true;
  security.sudo.wheelNeedsPassword = false;
  users.users.deploy = {
    isNormalUser = true;
    extraGroups = [ "wheel" ];
    openssh.authorizedKeys.keyFiles = [ ../deploy.pub ];
  };
}
