//! What NixOps knew, as what nixwright knows. The attributes that have a meaning here are read; all are kept as they are.
//!
//! Attributes are the texts of NixOps' own database in both versions; some of them hold JSON, arguments hold Nix source text.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use jiff::Timestamp;
use serde::de::{Deserialize, DeserializeOwned, Deserializer, Error, MapAccess, Visitor};
use uuid::Uuid;

use super::unique::Unique;
use super::{
    Exported, ExportedAddress, ExportedDeployment, ExportedMachine, Found, NixopsRecord, NixopsResource,
    TransferError, VERSION,
};
use crate::state::{DeploymentId, Source};
use crate::system::System;

/// The types of resources that are machines. Every machine of a plug-in has the attribute `vmId` as well.
const MACHINES: [&str; 9] =
    ["none", "ec2", "gce", "azure", "hetzner", "digitalOcean", "virtualbox", "libvirtd", "container"];

/// How the backends call the two halves of a machine's key.
const KEYS: [(&str, &str); 3] = [
    ("sshPrivateKey", "sshPublicKey"),
    ("clientPrivateKey", "clientPublicKey"),
    ("privateClientKey", "publicClientKey"),
];

/// What `nixops export` prints.
pub(super) struct NixopsExport(pub(super) BTreeMap<Uuid, NixopsRecord>);

impl<'de> Deserialize<'de> for NixopsExport {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Deployments;
        impl<'de> Visitor<'de> for Deployments {
            type Value = NixopsExport;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("an object of deployments by UUID")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut all = BTreeMap::new();
                while let Some(name) = map.next_key::<String>()? {
                    let uuid: Uuid = name.parse().map_err(|_| {
                        A::Error::custom(format!("expected the UUID of a deployment, found `{name}`"))
                    })?;
                    if all.contains_key(&uuid) {
                        return Err(A::Error::custom(format!("the deployment {uuid} stands here twice")));
                    }
                    let Record(record) = map.next_value()?;
                    all.insert(uuid, record);
                }
                Ok(NixopsExport(all))
            }
        }
        from.deserialize_map(Deployments)
    }
}

/// One deployment: texts, and the object `resources`.
struct Record(NixopsRecord);

impl<'de> Deserialize<'de> for Record {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Attributes;
        impl<'de> Visitor<'de> for Attributes {
            type Value = Record;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("an object with the attributes of a deployment")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let (mut attributes, mut resources) = (BTreeMap::new(), None);
                while let Some(name) = map.next_key::<String>()? {
                    let twice = if name == "resources" {
                        let Unique(found) = map.next_value::<Unique<Unique<String>>>()?;
                        let found = found.into_iter().map(|(resource, it)| {
                            let Unique(mut attributes) = it;
                            let kind = attributes.remove("type").ok_or_else(|| {
                                A::Error::custom(format!("the resource `{resource}` has no `type`"))
                            })?;
                            Ok((resource, NixopsResource { kind, attributes }))
                        });
                        resources.replace(found.collect::<Result<_, A::Error>>()?).is_some()
                    } else {
                        let text: String = map.next_value()?;
                        attributes.insert(name.clone(), text).is_some()
                    };
                    if twice {
                        return Err(A::Error::custom(format!("the attribute `{name}` stands here twice")));
                    }
                }
                let resources = resources.ok_or_else(|| A::Error::missing_field("resources"))?;
                Ok(Record(NixopsRecord { attributes, resources }))
            }
        }
        from.deserialize_map(Attributes)
    }
}

/// The deployments of NixOps as ours.
pub(super) fn understood(
    system: &System,
    records: BTreeMap<Uuid, NixopsRecord>,
    from: &str,
) -> Result<Found, TransferError> {
    let now = crate::state::to_the_microsecond(system.clock.now());
    let mut notes = Vec::new();
    let deployments = records
        .into_iter()
        .map(|(uuid, record)| deployment(DeploymentId(uuid), record, now, from, &mut notes))
        .collect::<Result<_, _>>()?;
    let exported = Exported { version: VERSION, deployments };
    exported.checked(from)?;
    Ok(Found { exported, notes })
}

fn deployment(
    uuid: DeploymentId,
    record: NixopsRecord,
    now: Timestamp,
    from: &str,
    notes: &mut Vec<String>,
) -> Result<ExportedDeployment, TransferError> {
    let attributes = &record.attributes;
    let name = attributes.get("name").filter(|name| !name.is_empty()).cloned();
    let title = name.clone().unwrap_or_else(|| uuid.to_string());
    let files: Vec<PathBuf> = from_json(attributes, "nixExprs", "list of texts", &title, from)?;
    let nix_path = from_json(attributes, "nixPath", "list of texts", &title, from)?;
    let arguments: Unique<String> = from_json(attributes, "args", "object of texts", &title, from)?;
    for file in files.iter().filter(|file| file.to_str().is_some_and(|file| file.starts_with('<'))) {
        notes.push(format!(
            "{title}: NixOps finds its file {} on the search path; name the file itself with `nixwright modify`",
            file.display()
        ));
    }
    let mut machines = Vec::new();
    for (name, resource) in &record.resources {
        if is_machine(resource) {
            machines.push(machine(name, resource, now, &title, from, notes)?);
        } else {
            notes.push(format!(
                "{title}: {name} is a resource of the type {}, which nixwright does not make; its {} attributes are kept",
                resource.kind,
                resource.attributes.len()
            ));
        }
    }
    Ok(ExportedDeployment {
        uuid,
        description: attributes.get("description").cloned().unwrap_or_default(),
        source: Source::of_files(files),
        arguments: arguments.0,
        nix_path,
        created: now,
        last_generation: 0,
        machines,
        generations: Vec::new(),
        runs: Vec::new(),
        name,
        nixops: Some(record),
    })
}

fn is_machine(resource: &NixopsResource) -> bool {
    MACHINES.contains(&resource.kind.as_str()) || resource.attributes.contains_key("vmId")
}

fn machine(
    name: &str,
    resource: &NixopsResource,
    now: Timestamp,
    title: &str,
    from: &str,
    notes: &mut Vec<String>,
) -> Result<ExportedMachine, TransferError> {
    let get = |name: &str| resource.attributes.get(name).filter(|text| !text.is_empty());
    let own = |name: &str| get(&format!("{}.{name}", resource.kind));
    if resource.kind != "none" {
        notes.push(format!(
            "{title}: {name} is a machine of the type {}; nixwright deploys to it, but neither starts nor destroys it",
            resource.kind
        ));
    }
    if get("obsolete").is_some_and(|text| text == "1") {
        notes.push(format!("{title}: {name} is obsolete: its network had it no more"));
    }
    let port = get("targetPort").map(|text| {
        text.parse::<u16>().map_err(|error| TransferError::Attribute {
            from: from.to_owned(),
            whose: format!("`targetPort` of {name} in {title}"),
            expected: "port",
            said: format!("`{text}`: {error}"),
        })
    });
    let port = port.transpose()?;
    let user = get("targetUser").map_or("root", String::as_str).to_owned();
    let host = get("targetHost").or_else(|| get("publicIpv4")).or_else(|| get("privateIpv4"));
    let pair = KEYS.iter().find_map(|(private, public)| own(private).zip(own(public)));
    let recorded = get("creationTime").and_then(|text| text.parse().ok());
    Ok(ExportedMachine {
        name: name.to_owned(),
        recorded: recorded.and_then(|seconds| Timestamp::from_second(seconds).ok()).unwrap_or(now),
        state_version: get("stateVersion").cloned(),
        address: host.map(|host| ExportedAddress { host: host.clone(), port, user }),
        // A key may end in a comment, which is no part of it.
        host_keys: own("publicHostKey")
            .map(|key| key.split_whitespace().take(2).collect::<Vec<_>>().join(" "))
            .into_iter()
            .collect(),
        public_key: pair.map(|(_, public)| public.trim().to_owned()),
        private_key: pair.map(|(private, _)| private.clone()),
        key_deployed: pair.is_some()
            && (resource.kind != "none" || own("sshPublicKeyDeployed").is_some_and(|it| it == "1")),
        system: get("toplevel").cloned(),
        generation: None,
    })
}

/// What an attribute that holds JSON says; nothing where it is not there.
fn from_json<T: DeserializeOwned>(
    attributes: &BTreeMap<String, String>,
    name: &str,
    expected: &'static str,
    title: &str,
    from: &str,
) -> Result<T, TransferError> {
    let empty = if expected.starts_with("list") { "[]" } else { "{}" };
    let text = attributes.get(name).filter(|text| !text.is_empty()).map_or(empty, String::as_str);
    serde_json::from_str(text).map_err(|error| TransferError::Attribute {
        from: from.to_owned(),
        whose: format!("the attribute `{name}` of {title}"),
        expected,
        said: error.to_string(),
    })
}
