# The server is switched off in a module that the machine imports.
{
  web = {
    imports = [ { services.openssh.enable = false; } ]; # error
    deployment.targetHost = "web.internal";
    boot.loader.grub.device = "/dev/sda";
    fileSystems."/".device = "/dev/sda1";
  };
}
