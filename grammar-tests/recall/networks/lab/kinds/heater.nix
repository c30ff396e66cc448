# Keeps something warm, or cold.
{ config, lib, ... }:
let
  limits = { oven = 90; fridge = 4; };
  limit = limits.${config.networking.hostName};
in
{
  systemd.services.heater.environment.LIMIT = toString limit;
  warnings = lib.optional (limit > 80) "hot";
}
