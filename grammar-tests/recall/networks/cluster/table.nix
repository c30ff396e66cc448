# Racks, and the first address of each.
{
  a = { network = "10.1.0"; workers = 9; };
  b = { network = "10.2.0"; workers = 9; };
  c = { network = "10.3.0"; workers = 9; };
}
