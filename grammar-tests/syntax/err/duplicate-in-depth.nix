{
  a.b.c.d = 1;
  a.b = { c.e = 2; c.d = 3; };
}
