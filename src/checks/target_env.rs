use crate::findings::{Finding, Level};
use crate::network::{Network, Setting, did_you_mean};

use super::check::check;

check! {
    /// # What it finds
    /// A `deployment.targetEnv` other than `"none"`: a machine that a tool would have to create first.
    ///
    /// # Why it is bad
    /// nixwright deploys to machines that exist. It creates none, in no cloud and in no hypervisor.
    ///
    /// It is only a warning where `targetHost` says how the machine is reached, for then it exists, whatever made it; and
    /// where `targetHost` is not known, for then it may.
    ///
    /// # What to do instead
    /// Create the machine with the tool that the message names, then set `targetEnv = "none"` (or leave it out) and `targetHost`.
    ///
    /// # What it cannot see
    /// A kind that is computed from an argument that was not given.
    ///
    /// # Examples
    /// ```nix bad
    /// {
    ///   web = {
    ///     deployment.targetEnv = "ec2";   # error
    ///     deployment.ec2.region = "eu-west-1";
    ///   };
    /// }
    /// ```
    /// ```nix good
    /// {
    ///   web = {
    ///     deployment.targetEnv = "none";
    ///     deployment.targetHost = "10.0.0.7";
    ///   };
    /// }
    /// ```
    pub(super) static CHECK = { id: "target-env", level: Error, since: "0.1.0", looks_at: Machine }
}

/// Kinds of machines that NixOps and its plug-ins know, and what creates such machines now.
const KINDS: [(&str, &str, &str); 13] = [
    ("azure", "an Azure machine", "OpenTofu or Terraform (azurerm)"),
    ("container", "a NixOS container", "`containers.<name>` of NixOS, or nixos-container"),
    ("datadog", "a Datadog resource", "OpenTofu or Terraform (datadog)"),
    ("digitalOcean", "a DigitalOcean machine", "OpenTofu or Terraform (digitalocean), then nixos-anywhere"),
    ("droplet", "a DigitalOcean machine", "OpenTofu or Terraform (digitalocean), then nixos-anywhere"),
    ("ec2", "an EC2 machine", "OpenTofu or Terraform (aws) with the NixOS AMI"),
    ("gce", "a Google machine", "OpenTofu or Terraform (google)"),
    ("hetzner", "a Hetzner robot machine", "nixos-anywhere"),
    ("hetznercloud", "a Hetzner cloud machine", "OpenTofu or Terraform (hcloud), then nixos-anywhere"),
    ("libvirtd", "a libvirt machine", "virt-install with a NixOS image, or OpenTofu (libvirt)"),
    ("packet", "an Equinix machine", "OpenTofu or Terraform (equinix)"),
    ("virtd", "a libvirt machine", "virt-install with a NixOS image, or OpenTofu (libvirt)"),
    ("virtualbox", "a VirtualBox machine", "VBoxManage with NixOS' VirtualBox image"),
];

fn run(network: &Network, found: &mut Vec<Finding>) {
    for machine in &network.machines {
        let Setting::Known(definitions) = machine.deployment("targetEnv") else { continue };
        for value in definitions.iter().map(|it| &it.value) {
            let Some(kind) = value.as_str().filter(|kind| *kind != "none") else { continue };
            let known = KINDS.iter().find(|(name, ..)| *name == kind);
            let (message, help) = match known {
                Some((_, what, tool)) => (
                    format!("`{}` is {what}, which nixwright does not create", machine.name),
                    format!("create it with {tool}, then set `targetEnv = \"none\"` and `targetHost`"),
                ),
                None => (
                    format!("there is no kind of machine called `{kind}`"),
                    did_you_mean(kind, ["none"]).unwrap_or_else(|| {
                        "for a machine that exists, write \"none\" or leave the option out".to_owned()
                    }),
                ),
            };
            let mut finding = CHECK.finding(value.at, message).help(help).machine(machine.name.as_str());
            // Where a host is given, it exists, whoever made it; where that is not known, it may.
            if known.is_some() && !matches!(machine.deployment("targetHost"), Setting::Unset) {
                finding.level = Level::Warning;
            }
            found.push(finding);
        }
    }
}
