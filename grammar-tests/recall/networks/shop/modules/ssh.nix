# How everybody gets in.
{ config, ... }:
{
  services.openssh = {
    enable = true;
    ports = [ 22 2222 ];
  };
  users.users.deploy = {
    isNormalUser = true;
    extraGroups = [ "wheel" ];
    openssh.authorizedKeys.keyFiles = [ ../keys/deploy.pub ];
  };
  security.sudo.wheelNeedsPassword = false;
  networking.domain = "shop.nixos.test";
  environment.etc.motd.text = "this is ${config.networking.hostName}";
}
