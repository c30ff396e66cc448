//! The figures: what is known of each network, added up and printed. Reads no file.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

use nixwright::findings::Level;
use nixwright::network::{Dialect, InputShape, Machine, Network, Setting};

use super::Loaded;

/// Settings that are counted besides the host.
const OTHERS: [&str; 8] = [
    "targetUser",
    "targetPort",
    "targetEnv",
    "tags",
    "buildOnTarget",
    "keys",
    "dependsOn",
    "allowLocalDeployment",
];

/// How a machine's host is known.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Host {
    /// A module says it.
    Known,
    /// No module says it: the machine's name is the host.
    Name,
    /// It is a machine of a cloud, whose address is found when it is made.
    Cloud,
    /// What says it is not in the repository.
    Absent,
    Unknown,
}

/// What one dialect adds up to.
#[derive(Default, Clone, Copy)]
struct Count {
    networks: usize,
    names_known: usize,
    machines: usize,
    hosts: [usize; 5],
}

#[derive(Default)]
pub(super) struct Tally {
    repositories: BTreeSet<String>,
    dialects: BTreeMap<String, Count>,
    settings: BTreeMap<&'static str, [usize; 3]>,
    name_reasons: BTreeMap<String, Vec<String>>,
    host_reasons: BTreeMap<String, Vec<String>>,
    absent_reasons: BTreeMap<String, Vec<String>>,
    errors: Vec<String>,
    warnings: Vec<String>,
    refused: Vec<String>,
    times: Vec<(Duration, String)>,
    lines: Vec<String>,
}

impl Tally {
    pub(super) fn refused(&mut self, sentence: String) {
        self.refused.push(sentence);
    }

    /// `mentioned` is whether any file of the repository speaks of `targetHost`.
    pub(super) fn add(&mut self, corpus: &Path, repository: &str, mentioned: bool, loaded: &Loaded) {
        let network = &loaded.network;
        self.repositories.insert(repository.to_owned());
        let known = network.is_complete() && network.inputs.iter().all(|it| it.shape == InputShape::Network);
        if !known {
            let reason = network.open.first().map_or("it is no network", |it| it.reason.cause());
            self.name_reasons.entry(group(reason)).or_default().push(loaded.title.clone());
        }
        let mut hosts = [0; 5];
        for machine in &network.machines {
            let (host, reason) = host(machine, mentioned);
            hosts[host as usize] += 1;
            let title = format!("{} {}", loaded.title, machine.name);
            match host {
                Host::Unknown => self.host_reasons.entry(group(&reason)).or_default().push(title),
                Host::Absent => self.absent_reasons.entry(group(&reason)).or_default().push(title),
                _ => {}
            }
            for name in OTHERS {
                let counts = self.settings.entry(name).or_default();
                match machine.deployment(name) {
                    Setting::Known(_) => counts[0] += 1,
                    Setting::Unset => counts[1] += 1,
                    Setting::Unknown(_) => counts[2] += 1,
                }
            }
        }
        let flake = loaded.title.ends_with("flake.nix") && network.dialect != Dialect::DeployRs;
        let dialect = format!("{}{}", network.dialect.as_str(), if flake { " (flake)" } else { "" });
        let count = self.dialects.entry(dialect).or_default();
        count.networks += 1;
        count.names_known += usize::from(known);
        count.machines += network.machines.len();
        for (sum, more) in count.hosts.iter_mut().zip(hosts) {
            *sum += more;
        }
        let sources = network.sources();
        for finding in &loaded.findings {
            let file = sources.path(finding.span.file);
            let place = sources.position(finding.span);
            let file = file.strip_prefix(corpus).unwrap_or(file).display();
            let line = format!("{file}:{} {} [{}]", place.line, finding.message, finding.id);
            match finding.level {
                Level::Error => self.errors.push(line),
                Level::Warning => self.warnings.push(line),
                Level::Hint => {}
            }
        }
        self.times.push((loaded.time, loaded.title.clone()));
        self.lines.push(line(loaded, network, known, hosts));
    }

    pub(super) fn print(mut self) {
        println!(
            "networks, each with its machines and their hosts (known, named like the machine, cloud, absent, unknown)"
        );
        for line in &self.lines {
            println!("  {line}");
        }
        println!(
            "\n{:16} networks  names known  machines  host known    name   cloud  absent unknown",
            "dialect"
        );
        let mut all = Count::default();
        for (name, count) in &self.dialects {
            print_count(name, *count);
            all.networks += count.networks;
            all.names_known += count.names_known;
            all.machines += count.machines;
            for (sum, more) in all.hosts.iter_mut().zip(count.hosts) {
                *sum += more;
            }
        }
        print_count("all", all);
        println!("\nrepositories: {}", self.repositories.len());
        println!("names of the machines known: {} of the networks", share(all.names_known, all.networks));
        let [known, name, _, _, unknown] = all.hosts;
        let here = known + name + unknown;
        println!(
            "targetHost known where it is in the repository: {} of the machines",
            share(known + name, here)
        );
        println!("\n{:22} known  unset  unknown", "other settings");
        for (name, [known, unset, unknown]) in &self.settings {
            println!("  {name:20} {known:5}  {unset:5}  {unknown:7}");
        }
        print_reasons("why names are not known (networks)", &self.name_reasons);
        print_reasons("why hosts are not known (machines)", &self.host_reasons);
        print_reasons("why hosts are not in the repository (machines)", &self.absent_reasons);
        print_lines("not read", &self.refused);
        print_lines("errors", &self.errors);
        print_lines("warnings", &self.warnings);
        self.times.sort();
        let median = self.times.get(self.times.len() / 2).map_or(Duration::ZERO, |it| it.0);
        println!("\ntime per network: median {:.1} ms; the slowest:", median.as_secs_f64() * 1e3);
        for (time, title) in self.times.iter().rev().take(5) {
            println!("  {:8.1} ms  {title}", time.as_secs_f64() * 1e3);
        }
    }
}

fn line(loaded: &Loaded, network: &Network, known: bool, hosts: [usize; 5]) -> String {
    let mut line = format!(
        "{:7.1} ms  {:10} {:3} machines{}  {}",
        loaded.time.as_secs_f64() * 1e3,
        network.dialect.as_str(),
        network.machines.len(),
        if known { " " } else { "?" },
        hosts.map(|it| it.to_string()).join("/")
    );
    let _ = write!(line, "  {}", loaded.title);
    line
}

fn print_count(name: &str, count: Count) {
    let Count { networks, names_known, machines, hosts: [known, same, cloud, absent, unknown] } = count;
    println!(
        "{name:16} {networks:8}  {names_known:11}  {machines:8}  {known:10}  {same:6}  {cloud:6}  {absent:6}  {unknown:6}"
    );
}

fn share(part: usize, whole: usize) -> String {
    #[expect(clippy::cast_precision_loss, reason = "a share of some hundred")]
    let percent = if whole == 0 { 0.0 } else { part as f64 * 100.0 / whole as f64 };
    format!("{part} of {whole} ({percent:.1} %)")
}

fn print_reasons(title: &str, reasons: &BTreeMap<String, Vec<String>>) {
    println!("\n{title}");
    let mut sorted: Vec<_> = reasons.iter().collect();
    sorted.sort_by_key(|(_, places)| std::cmp::Reverse(places.len()));
    for (reason, places) in sorted {
        println!("  {:4}  {reason}  (as in {})", places.len(), places[0]);
    }
}

fn print_lines(title: &str, lines: &[String]) {
    println!("\n{title}: {}", lines.len());
    for line in lines {
        println!("  {line}");
    }
}

/// How a machine's host is known, and the reason where it is not.
fn host(machine: &Machine, mentioned: bool) -> (Host, String) {
    let kind = machine.deployment("targetEnv").value().and_then(|it| it.as_str().map(str::to_owned));
    match machine.deployment("targetHost") {
        Setting::Known(_) => (Host::Known, String::new()),
        _ if kind.is_some_and(|it| it != "none") => (Host::Cloud, String::new()),
        Setting::Unset => (Host::Name, String::new()),
        Setting::Unknown(reason) => {
            let mut defined = machine.definitions_of(&["deployment", "targetHost"]).peekable();
            // What is defined lies outside if its value does, what is not if the modules do that could not be read.
            let absent = if defined.peek().is_some() {
                defined.any(|it| it.value.unknown().is_some_and(|why| is_outside(why.cause())))
            } else {
                !mentioned || machine.open.iter().all(|gap| is_outside(gap.reason.cause()))
            };
            (if absent { Host::Absent } else { Host::Unknown }, reason.to_string())
        }
    }
}

/// Whether what is missing lies outside of the repository, so that no reader of it could know.
fn is_outside(reason: &str) -> bool {
    const OUTSIDE: [&str; 6] = [
        "would have to be downloaded",
        "is not on the search path",
        "is encrypted with",
        "is only known when Nix runs",
        "known only after building",
        "does not exist",
    ];
    OUTSIDE.iter().any(|it| reason.contains(it))
}

/// A reason without the names that only one network has.
fn group(reason: &str) -> String {
    let mut text = String::new();
    for (index, part) in reason.split('`').enumerate() {
        // What stands in backquotes is kept where it is a word of the field, and not a path or an address.
        let quoted = index % 2 == 1;
        text.push_str(if quoted && part.contains(['/', ':']) { "…" } else { part });
    }
    text
}
