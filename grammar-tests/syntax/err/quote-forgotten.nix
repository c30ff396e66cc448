{
 a = { deployment.targetHost = "a.lan; };
 b = { deployment.targetHost = "c"; };
}
