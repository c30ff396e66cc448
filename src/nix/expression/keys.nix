# Units that tell when a key is there, as NixOps and colmena have them: `<name>-key.service` runs while the file of the
# key exists, so that a service which needs the key can be ordered after it and bound to it. And keys that arrived
# before their owner existed are given to the owner.
#
# Nothing here reads the key itself: no secret gets into the store.
{ config, lib, pkgs, ... }:
let
  inherit (config.deployment) keys;
  quoted = lib.escapeShellArg;
  units = make: lib.mapAttrs' (name: key: { name = "${name}-key"; value = make key; }) keys;
  early = lib.filterAttrs (_: key: key.uploadAt == "pre-activation") keys;
in
{
  config = lib.mkIf (keys != { }) {
    systemd.paths = units (key: {
      wantedBy = [ "paths.target" ];
      pathConfig.PathExists = key.path;
    });

    # Each wait ends by itself after a while and looks again: a change between a look and its wait is not missed.
    systemd.services = units (key: {
      description = "The key ${key.path}";
      path = [ pkgs.inotify-tools ];
      serviceConfig = {
        TimeoutStartSec = "infinity";
        Restart = "always";
        RestartSec = "100ms";
      };
      preStart = ''
        until [ -e ${quoted key.path} ]; do
          inotifywait -qq -t 5 -e create,moved_to ${quoted key.destDir} || sleep 1
        done
      '';
      script = ''
        while [ -e ${quoted key.path} ]; do
          inotifywait -qq -t 60 -e delete_self,move_self ${quoted key.path} || true
        done
      '';
    });

    system.activationScripts.nixwright-keys = lib.mkIf (early != { }) {
      deps = [ "users" ] ++ lib.optional (config.system.activationScripts ? groups) "groups";
      text = lib.concatStrings (lib.mapAttrsToList (_: key: ''
        if [ -e ${quoted key.path} ]; then
          chown ${quoted "${key.user}:${key.group}"} ${quoted key.path}
        fi
      '') early);
    };
  };
}
