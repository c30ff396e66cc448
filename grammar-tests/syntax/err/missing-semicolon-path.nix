{
  a.b = foo: foo
  services.nginx.enable = true;
}
