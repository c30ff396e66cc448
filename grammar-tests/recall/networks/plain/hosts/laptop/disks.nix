# The disks of the laptop.
{
  fileSystems."/" = { device = "/dev/disk/by-label/laptop"; fsType = "ext4"; };
}
