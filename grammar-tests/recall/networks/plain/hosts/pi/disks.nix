# The disks of the pi.
{
  fileSystems."/" = { device = "/dev/disk/by-label/pi"; fsType = "ext4"; };
}
