# The options `deployment.*` of a machine: the one place where they exist.
#
# A NixOS module. nixwright's static half reads names, types and defaults from it with its own evaluator, and its
# Nix expression imports it into every machine. It sets nothing and reads no configuration. It works with the `lib`
# of nixpkgs from 18.09 on, so types that came later (`nonEmptyStr`, `oneOf`, `anything`) are not used.
#
# `name` is the machine's name in the network.
{ lib, name ? "machine", ... }:
let
  inherit (lib) mkOption types;
  inherit (types) attrs attrsOf bool coercedTo either enum listOf nullOr path str submodule unspecified;
  # Younger than 18.09.
  port = types.port or (types.ints.between 0 65535);
  unsigned = types.ints.unsigned;
  positive = types.ints.positive;

  option = type: default: description: mkOption { inherit type default description; };
  required = type: description: mkOption { inherit type description; };
  # Options of other tools: accepted, so that their networks can be read, and named by a finding where they matter.
  foreign = description: mkOption { type = unspecified; default = { }; inherit description; visible = false; };
  set = description: options: mkOption { type = submodule { inherit options; }; default = { }; inherit description; };
  listOfSets = description: options: mkOption { type = listOf (submodule { inherit options; }); default = [ ]; inherit description; };

  # The name of a file, not its content: a path that becomes a string elsewhere would be copied into the store.
  pathOnly = value: if value == null then null else toString value;

  # A program and its arguments; no shell reads it.
  command = listOf str;

  keyOptions = { name, config, ... }: {
    options = {
      name = option str name "The file name of the key on the machine.";
      text = option (nullOr str) null "The key itself. It is then part of the network's files: prefer `keyFile` or `keyCommand`.";
      keyFile = mkOption {
        type = nullOr (either path str);
        default = null;
        apply = pathOnly;
        description = "A file on the deploying machine that holds the key.";
      };
      keyCommand = option (nullOr command) null "A command, run on the deploying machine, that prints the key.";
      destDir = option (either path str) "/run/keys" "The folder on the machine into which the key is written.";
      path = mkOption {
        type = str;
        default = "${toString config.destDir}/${config.name}";
        description = "Where the key lies on the machine.";
        internal = true;
      };
      user = option str "root" "The user who owns the key's file.";
      group = option str "root" "The group of the key's file.";
      permissions = option str "0600" "The mode of the key's file, in octal.";
      uploadAt = option (enum [ "pre-activation" "post-activation" ]) "pre-activation" "Whether the key is sent before or after the new system is activated.";
    };
  };

  secretOptions = {
    options = {
      source = mkOption {
        type = either path str;
        apply = pathOnly;
        description = "A file on the deploying machine that holds the secret.";
      };
      destination = required (either path str) "The file on the machine into which the secret is written.";
      owner = set "Who owns the secret's file." {
        user = option str "root" "The user who owns the secret's file.";
        group = option str "root" "The group of the secret's file.";
      };
      permissions = option str "0400" "The mode of the secret's file, in octal.";
      action = option (listOf str) [ ] "A command, run on the machine after the secret has changed.";
      mkDirs = option bool true "Whether missing parent folders are created.";
      uploadAt = option (enum [ "pre-activation" "post-activation" ]) "pre-activation" "Whether the secret is sent before or after the new system is activated.";
    };
  };

  # What all kinds of check have in common.
  timing = {
    description = option str "" "What is checked, for messages.";
    period = option positive 2 "Seconds between two attempts.";
    timeout = option positive 5 "Seconds after which one attempt has failed.";
    retries = option unsigned 30 "How often a failed attempt is repeated before the check has failed.";
  };
  checks = {
    tcp = listOfSets "Ports that must accept a connection from the deploying machine." (timing // {
      host = option (nullOr str) null "The host to connect to; null is the machine's `targetHost`.";
      port = required port "The port to connect to.";
    });
    http = listOfSets "Requests that must be answered with success, made by the deploying machine." (timing // {
      host = option (nullOr str) null "The host to ask; null is the machine's `targetHost`.";
      port = option port 80 "The port to ask.";
      path = option str "/" "The path to ask for.";
      scheme = option (enum [ "http" "https" ]) "http" "The protocol.";
      insecure = option bool false "Whether any certificate is accepted.";
      insecureSSL = option bool false "Morph's name for `insecure`.";
      headers = option (attrsOf str) { } "Headers of the request.";
    });
    cmd = listOfSets "Commands on the deploying machine that must end with status 0." (timing // {
      cmd = required command "The program and its arguments.";
    });
    unit = listOfSets "Units of systemd that must be active on the machine." (timing // {
      name = required str "The name of the unit.";
    });
    command = listOfSets "Commands on the machine that must end with status 0." (timing // {
      command = required command "The program and its arguments.";
    });
  };
in
{
  options.deployment = {
    # --- where the machine is ---
    targetHost = option (nullOr str) name "The host name or address under which the machine is reached. Null: it is never deployed to remotely.";
    targetPort = option (nullOr port) null "The port of its ssh server. Null: what ssh's own configuration says.";
    targetUser = option (nullOr str) "root" "The user to log in as. Null: what ssh's own configuration says.";
    targetEnv = option str "none" "The kind of machine. nixwright deploys to machines that exist: `none` is the only kind it knows.";
    sshOptions = option (listOf str) [ ] "More arguments for ssh.";
    privilegeEscalationCommand = option command [ "sudo" "-H" "--" ] "The command that makes root of a `targetUser` who is not root.";
    hostKeys = option (listOf str) [ ] "The machine's public ssh host keys. With none, the first one seen is trusted and remembered.";
    provisionSSHKey = option bool false "Whether a key pair is made for the machine, kept in the state, and authorised for root.";

    # --- which machine it is ---
    tags = option (listOf str) [ ] "Names under which the machine can be selected together with others (`--on @tag`).";
    owners = option (listOf str) [ ] "Who answers for the machine; e-mail addresses.";
    dependsOn = option (listOf str) [ ] "Selectors of machines that are activated, and healthy, before this one.";

    # --- how it is built and copied ---
    buildOnTarget = option bool false "Whether the machine builds its own system.";
    buildOnly = option bool false "Whether the machine is built but never copied to or activated.";
    allowLocalDeployment = option bool false "Whether the machine may deploy itself.";
    hasFastConnection = option bool false "Whether copies go over a fast line: neither compressed nor substituted on the machine.";
    substituteOnDestination = option bool false "Whether the machine fetches what it can from its own substituters.";
    replaceUnknownProfiles = option bool true "Whether a system that this deployment did not put there is replaced.";

    # --- how it is activated ---
    alwaysActivate = option bool true "Whether a system that is already running is activated again.";
    reboot = option (enum [ "never" "when-needed" "always" ]) "never" "When the machine is rebooted after a deployment.";
    rollback = set "What happens when the machine cannot be reached after its activation." {
      enable = option bool true "Whether the machine returns to its previous system by itself.";
      confirmTimeout = option positive 30 "Seconds within which the deployment must be confirmed over a new connection.";
    };
    healthChecks = set "What must hold before machines that depend on this one go on." checks;
    preDeployChecks = set "What must hold before anything is touched." checks;
    hooks = set "Commands around the activation. No shell reads them; `NIXWRIGHT_MACHINE` and other variables tell what is done." {
      pre = set "Before the activation; one that fails stops the machine before its system is touched." {
        deployer = option (listOf command) [ ] "Commands on the deploying machine.";
        target = option (listOf command) [ ] "Commands on the machine.";
      };
      post = set "After the machine is healthy; where one fails the machine has failed, and keeps its new system." {
        deployer = option (listOf command) [ ] "Commands on the deploying machine.";
        target = option (listOf command) [ ] "Commands on the machine.";
      };
      timeout = option positive 600 "Seconds after which a command has failed and is stopped.";
    };

    # --- secrets ---
    keys = mkOption {
      type = attrsOf (coercedTo str (text: { inherit text; }) (submodule keyOptions));
      default = { };
      description = "Secrets that are sent to the machine and never enter its store.";
    };
    secrets = mkOption {
      type = attrsOf (submodule secretOptions);
      default = { };
      description = "Secrets in morph's shape; they become `keys`.";
    };

    # --- set by the tool ---
    name = mkOption { type = str; default = ""; description = "The deployment's name."; internal = true; };
    uuid = mkOption { type = str; default = ""; description = "The deployment's UUID."; internal = true; };
    arguments = mkOption { type = attrs; default = { }; description = "The network's arguments."; internal = true; };

    # --- other tools' options ---
    autoLuks = foreign "NixOps 1.7: encrypted devices.";
    autoRaid0 = foreign "NixOps 1.7: striped volumes.";
    azure = foreign "NixOps' Azure machines.";
    container = foreign "NixOps 1.7: NixOS containers.";
    digitalOcean = foreign "NixOps' DigitalOcean machines.";
    droplet = foreign "NixOps' DigitalOcean machines.";
    ec2 = foreign "NixOps' EC2 machines.";
    encryptedLinksTo = foreign "NixOps 1.7: tunnels between machines.";
    gce = foreign "NixOps' Google machines.";
    hetzner = foreign "NixOps' Hetzner machines.";
    hetznerCloud = foreign "NixOps' Hetzner Cloud machines.";
    importPath = foreign "A fork of morph: what stands in for nixpkgs' own folder.";
    libvirtd = foreign "NixOps' libvirt machines.";
    nixPath = foreign "A fork of morph: the search path of one machine.";
    packet = foreign "NixOps' Packet machines.";
    route53 = foreign "NixOps' Route 53 records.";
    storeKeysOnMachine = foreign "NixOps 1.7: keys in the machine's store.";
    virtualbox = foreign "NixOps' VirtualBox machines.";
  };

  # NixOps declares these beside `deployment`, and networks of every tool set or read them.
  options.networking = {
    privateIPv4 = required str "The machine's address inside the network of machines.";
    publicIPv4 = option (nullOr str) null "The machine's public address.";
    vpnPublicKey = option (nullOr str) null "The machine's public key in the network's VPN.";
  };
}
