# How everybody in the laboratory gets in.
{
  deployment.targetUser = "lab";
  services.openssh.enable = true;
  security.sudo.wheelNeedsPassword = false;
  users.users.lab = {
    isNormalUser = true;
    extraGroups = [ "wheel" ];
    openssh.authorizedKeys.keyFiles = [ ./lab.pub ];
  };
}
