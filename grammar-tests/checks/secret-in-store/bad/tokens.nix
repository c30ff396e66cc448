# Keys and tokens with a form of their own, wherever they stand in a literal.
let
  token = "glpat-Zx9Yw8Vu7Ts6Rq5Po4Nm"; # warning
in
{
  web = {
    deployment.targetHost = "web.internal";
    environment.etc."age.key".text = "AGE-SECRET-KEY-1QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7LQPZRY9X8GF2TVDW0S3JN54KH"; # warning
    environment.etc."gitlab".text = token;
    environment.etc."ssh.key".text = ''
      -----BEGIN OPENSSH PRIVATE KEY----- # warning
      b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZW
      QyNTUxOQAAACDlc2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0AAAAMwAA
      -----END OPENSSH PRIVATE KEY-----
    '';
  };
}
