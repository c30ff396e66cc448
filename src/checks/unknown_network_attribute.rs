use crate::findings::{Edit, Finding};
use crate::network::{Network, nearest};

use super::check::check;

check! {
    /// # What it finds
    /// An attribute of `network`, `meta` or `resources` that no tool reads.
    ///
    /// # Why it is bad
    /// It is ignored without a word: `enableRolback` enables nothing, and a resource of an unknown type is never made.
    ///
    /// # What to do instead
    /// Correct the name, or remove it.
    ///
    /// # What it cannot see
    /// Whether a known attribute has a sensible value.
    ///
    /// # Examples
    /// ```nix bad
    /// {
    ///   network.enableRolback = true;   # warning
    ///   web.deployment.targetHost = "10.0.0.7";
    /// }
    /// ```
    /// ```nix fixed
    /// {
    ///   network.enableRollback = true;
    ///   web.deployment.targetHost = "10.0.0.7";
    /// }
    /// ```
    /// ```nix good
    /// {
    ///   network.enableRollback = true;
    ///   network.description = "one machine";
    ///   web.deployment.targetHost = "10.0.0.7";
    /// }
    /// ```
    pub(super) static CHECK = { id: "unknown-network-attribute", level: Warning, since: "0.1.0" }
}

fn run(network: &Network, found: &mut Vec<Finding>) {
    for attribute in &network.attributes {
        let known = network.dialect.network_attributes(attribute.set);
        let name = attribute.name.as_ref();
        if known.contains(&name) {
            continue;
        }
        let mut finding =
            CHECK.finding(attribute.at, format!("nothing reads `{}.{name}`", attribute.set)).note("ignored");
        finding = match nearest(name, known.iter().copied()) {
            Some(near) => {
                let plain = network.sources().slice(attribute.at) == name;
                finding.help(format!("did you mean `{near}`?")).fix(
                    format!("write `{near}`"),
                    plain,
                    vec![Edit { span: attribute.at, text: near.to_owned() }],
                )
            }
            None => finding.help(format!("`{}` has: {}", attribute.set, known.join(", "))),
        };
        found.push(finding);
    }
    let mut seen = Vec::new();
    for resource in &network.resources {
        let kind = resource.kind.as_ref();
        if RESOURCE_TYPES.contains(&kind) || seen.contains(&resource.kind_at) {
            continue;
        }
        seen.push(resource.kind_at);
        let finding = CHECK
            .finding(resource.kind_at, format!("there is no type of resource called `{kind}`"))
            .note("ignored, with all that is in it");
        found.push(match nearest(kind, RESOURCE_TYPES.iter().copied()) {
            Some(near) => finding.help(format!("did you mean `{near}`?")),
            None => finding.help("only `sshKeyPairs` and `commandOutput` are provisioned by nixwright"),
        });
    }
}

/// Types of resources that NixOps or one of its plug-ins knows.
const RESOURCE_TYPES: [&str; 90] = [
    "autoScalingGroups",
    "awsDataLifecycleManager",
    "awsSpotFleetRequests",
    "awsVPNConnections",
    "awsVPNGateways",
    "azureAvailabilitySets",
    "azureBlobContainers",
    "azureBlobs",
    "azureDNSRecordSets",
    "azureDNSZones",
    "azureDirectories",
    "azureExpressRouteCircuits",
    "azureFiles",
    "azureGatewayConnections",
    "azureLoadBalancers",
    "azureLocalNetworkGateways",
    "azureNetworkInterfaces",
    "azureQueues",
    "azureReservedIPAddresses",
    "azureResourceGroups",
    "azureSecurityGroups",
    "azureShares",
    "azureStorages",
    "azureTables",
    "azureTrafficManagerProfiles",
    "azureVirtualNetworkGateways",
    "azureVirtualNetworks",
    "cloudwatchLogGroups",
    "cloudwatchLogStreams",
    "cloudwatchMetricAlarms",
    "commandOutput",
    "datadogMonitors",
    "datadogScreenboards",
    "datadogTimeboards",
    "digitalOceanSSHKeys",
    "ebsVolumes",
    "ec2KeyPairs",
    "ec2LaunchTemplate",
    "ec2PlacementGroups",
    "ec2SecurityGroups",
    "elasticFileSystemMountTargets",
    "elasticFileSystems",
    "elasticIPs",
    "gceDisks",
    "gceForwardingRules",
    "gceHTTPHealthChecks",
    "gceImages",
    "gceNetworks",
    "gceRoutes",
    "gceStaticIPs",
    "gceTargetPools",
    "gseBuckets",
    "hetznerCloudCertificates",
    "hetznerCloudFloatingIPs",
    "hetznerCloudLoadBalancers",
    "hetznerCloudNetworks",
    "hetznerCloudSSHKeys",
    "hetznerCloudVolumes",
    "iamRoles",
    "keypairs",
    "libvirtdNetworks",
    "machines",
    "packetKeyPairs",
    "rdsDbInstances",
    "rdsDbSecurityGroups",
    "rdsSubnetGroups",
    "route53HealthChecks",
    "route53HostedZones",
    "route53RecordSets",
    "s3Buckets",
    "snsTopics",
    "sqsQueues",
    "sshKeyPairs",
    "vaultApprole",
    "virtualNetworks",
    "vpc",
    "vpcCustomerGateways",
    "vpcDhcpOptions",
    "vpcEgressOnlyInternetGateways",
    "vpcEndpoints",
    "vpcInternetGateways",
    "vpcNatGateways",
    "vpcNetworkAcls",
    "vpcNetworkInterfaceAttachments",
    "vpcNetworkInterfaces",
    "vpcRouteTableAssociations",
    "vpcRouteTables",
    "vpcRoutes",
    "vpcSubnets",
    "vultrKeyPairs",
];
