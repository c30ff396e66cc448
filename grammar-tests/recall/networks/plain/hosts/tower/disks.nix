# The disks of the tower.
{
  fileSystems."/" = { device = "/dev/disk/by-label/tower"; fsType = "ext4"; };
}
