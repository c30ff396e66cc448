{
  a = { b = { c = [ 1 2 ; }; };
  d = 1;
  e = undefinedName;
}
