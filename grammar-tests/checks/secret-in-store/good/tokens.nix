# Words about tokens, examples, certificates and comments: ghp_0aB1cD2eF3gH4iJ5kL6mN7oP8qR9sT0uV1wX
{
  web = {
    deployment.targetHost = "web.internal";
    environment.etc."example".text = "AKIAIOSFODNN7EXAMPLE";
    environment.etc."words".text = "a key begins with -----BEGIN RSA PRIVATE KEY-----";
    environment.etc."filler".text = "ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx";
    environment.etc."certificate".text = ''
      -----BEGIN CERTIFICATE-----
      MIIBszCCAVmgAwIBAgIUQm9ndXNDZXJ0aWZpY2F0ZUZvclRlc3RzMAoGCCqGSM49BAMCMBQx
      EjAQBgNVBAMMCWxvY2FsaG9zdDAeFw0yNDAxMDEwMDAwMDBaFw0zNDAxMDEwMDAwMDBaMBQx
      -----END CERTIFICATE-----
    '';
  };
}
