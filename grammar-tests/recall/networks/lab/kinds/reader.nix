# Reads an instrument and sends what it reads to the store.
{ nodes, pkgs, ... }:
{
  deployment.dependsOn = [ "notebook" ];
  systemd.services.reader = {
    environment.TARGET = nodes.notebook.config.deployment.targetHost;
    path = [ pkgs.curl ];
    script = "while sleep 1; do curl -T - $TARGET; done";
  };
}
