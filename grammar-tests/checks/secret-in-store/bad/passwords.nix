# Options that are known by name, with the secret in a literal, in a name, and in the former name of the option.
let
  hash = "$6$rounds=1000$saltsalt$Kd0Ib1HjZs8pQw";
in
{
  web = {
    deployment.targetHost = "web.internal";
    deployment.keys.api.text = "fish and chips"; # warning
    users.users.root.hashedPassword = hash; # warning
    users.extraUsers.alice.initialPassword = "hunter2"; # warning
    networking.wireless.networks."cafe".psk = "espresso doppio"; # warning
    networking.wireguard.interfaces.wg0.privateKey = "yAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk="; # warning
  };
}
