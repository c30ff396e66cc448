# The southern branch.
{ floors ? 3 }:
{
  south = { lib, ... }: {
    deployment.targetHost = "10.12.0.1";
    networking.interfaces = lib.genAttrs (map (floor: "eth${toString floor}") (lib.range 1 floors)) (_: { useDHCP = true; });
  };
}
