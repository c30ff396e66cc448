# What stands in for a secret, what is none, what nobody knows and what does not hold.
{
  web = { lib, pkgs, config, ... }: {
    deployment.targetHost = "web.internal";
    deployment.keys.api = { text = builtins.readFile "/var/lib/api"; };
    deployment.keys.other.keyFile = "/root/other";
    users.users.root.hashedPassword = "!";
    users.users.alice.hashedPassword = "*";
    users.users.bob.initialPassword = lib.mkIf false "hunter2";
    users.users.eve.hashedPasswordFile = "/run/keys/eve";
    users.users.mallory.initialPassword = config.site.password;
    networking.wireless.networks."cafe".psk = "ext:psk_cafe";
    networking.wireless.networks."home".psk = "@PSK_HOME@";
    networking.wireguard.interfaces.wg0.privateKeyFile = "/run/keys/wg0";
    services.grafana.settings.security.admin_password = "$__file{/run/keys/grafana}";
    services.mysql.initialScript = pkgs.writeText "init" "nothing";
  };
}
