# What the hive is made of.
{
  nixpkgs = <nixpkgs>;
}
