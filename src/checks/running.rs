//! Runs the checks: those that look at one machine at a time machine by machine, so that what they found of a machine that is
//! still the same need not be found again; all others on the whole network. Decides nothing about what is shown.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::check::LooksAt;
use super::{Check, Levels, all};
use crate::findings::Finding;
use crate::network::{Machine, Network};

/// What was found of each machine by the checks that look at one at a time. Holds for networks that differ in other machines,
/// and in nothing else that such a check sees: their inputs, dialect, options, and the texts in which these machines stand.
#[derive(Clone, Debug, Default)]
pub struct FoundBefore {
    /// In the order of the network's machines.
    machines: Vec<(Arc<Machine>, Found)>,
}

/// Findings, each with the number of its check; nothing where there are none, as nearly always.
type Found = Option<Arc<[(usize, Finding)]>>;

impl FoundBefore {
    fn of(&self, number: usize, machine: &Arc<Machine>) -> Option<Found> {
        let (before, found) = self.machines.get(number)?;
        Arc::ptr_eq(before, machine).then(|| found.clone())
    }
}

/// With fewer machines to look at a second thread is not worth its start.
const MANY_MACHINES: usize = 200;

/// So many machines are taken at once.
const STRIDE: usize = 32;

/// What all checks that are on find, in the order of the checks; machines that are the same as before are not looked at again.
pub(super) fn found_by_all(
    network: &Network,
    levels: &Levels,
    before: &FoundBefore,
) -> (Vec<Finding>, FoundBefore) {
    let checks: Vec<(usize, &Check)> =
        all().iter().copied().enumerate().filter(|(_, check)| levels.is_on(check)).collect();
    let (of_machines, of_network): (Vec<_>, Vec<_>) =
        checks.into_iter().partition(|(_, check)| check.looks_at == LooksAt::Machine);
    let mut machines: Vec<Option<Found>> =
        network.machines.iter().enumerate().map(|(number, it)| before.of(number, it)).collect();
    let new: Vec<usize> =
        machines.iter().enumerate().filter(|(_, it)| it.is_none()).map(|(number, _)| number).collect();
    let next = AtomicUsize::new(0);
    let work = || {
        let mut done = Done::default();
        let mut alone = network.without_machines();
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if let Some((number, check)) = of_network.get(number) {
                let mut found = Vec::new();
                (check.run)(network, &mut found);
                done.of_network.extend(found.into_iter().map(|it| (*number, it)));
                continue;
            }
            let Some(some) = new.chunks(STRIDE).nth(number - of_network.len()) else { return done };
            for machine in some {
                alone.put_alone(network.machines[*machine].clone());
                done.of_machines.push((*machine, found_alone(&of_machines, &alone)));
            }
        }
    };
    let mut parts = vec![];
    if network.machines.len() < MANY_MACHINES {
        parts.push(work());
    } else {
        std::thread::scope(|scope| {
            let other = scope.spawn(work);
            parts.push(work());
            parts.push(other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        });
    }
    let mut found: Vec<(usize, Finding)> = Vec::new();
    for part in parts {
        found.extend(part.of_network);
        for (machine, of_machine) in part.of_machines {
            machines[machine] = Some(of_machine);
        }
    }
    let machines: Vec<(Arc<Machine>, Found)> =
        network.machines.iter().cloned().zip(machines.into_iter().map(Option::flatten)).collect();
    found.extend(machines.iter().filter_map(|(_, it)| it.as_deref()).flatten().cloned());
    // Those of one check stand in the order of the machines, or as the check has put them.
    found.sort_by_key(|(number, _)| *number);
    (found.into_iter().map(|(_, finding)| finding).collect(), FoundBefore { machines })
}

/// What one thread has done.
#[derive(Default)]
struct Done {
    of_network: Vec<(usize, Finding)>,
    of_machines: Vec<(usize, Found)>,
}

/// What these checks find in a network of one machine.
fn found_alone(checks: &[(usize, &Check)], alone: &Network) -> Found {
    let mut all = Vec::new();
    let mut found = Vec::new();
    for (number, check) in checks {
        (check.run)(alone, &mut found);
        all.extend(found.drain(..).map(|it| (*number, it)));
    }
    (!all.is_empty()).then(|| all.into())
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::network::Request;
    use crate::system::{Files, OsFiles};

    #[test]
    fn a_check_that_looks_at_one_machine_finds_the_same_where_there_are_no_others() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/networks");
        let mut looked = 0;
        for (name, _) in OsFiles.read_folder(&folder).unwrap() {
            let folder = folder.join(name);
            let names = ["network.nix", "hive.nix", "nixwright.nix", "flake.nix"];
            let Some(input) = names.map(|it| folder.join(it)).into_iter().find(|it| it.exists()) else {
                continue;
            };
            let request = Request::new(Arc::new(OsFiles), vec![PathBuf::from(&input)]);
            looked += same_alone(&Network::load(&request).unwrap(), &input.display().to_string());
        }
        for (id, network, _) in crate::checks::harness::bad_examples() {
            looked += same_alone(&network, id);
        }
        assert!(looked > 50, "only {looked} findings were compared");
    }

    #[test]
    fn nothing_is_found_in_files_of_the_library() {
        for text in [
            "{ web = { lib, ... }: lib; db = { lib, ... }: { imports = [ lib.options ]; }; }",
            "{ lib ? import <nixpkgs/lib> }: { web = { }; network = lib; defaults = lib; }",
            "{ lib ? import <nixpkgs/lib> }: { meta = lib; web.deployment = lib; }",
            "{ lib ? import <nixpkgs/lib> }: lib",
        ] {
            let mut files = crate::system::OverlayFiles::alone();
            files.put("/network.nix", text);
            let request = Request::new(Arc::new(files), vec![PathBuf::from("/network.nix")]);
            let network = Network::load(&request).unwrap();
            let found = crate::checks::run(&network, &Levels::default());
            let elsewhere: Vec<&Finding> =
                found.iter().filter(|it| network.sources().path(it.span.file) != request.inputs[0]).collect();
            assert!(elsewhere.is_empty(), "{text}: {elsewhere:#?}");
        }
    }

    /// The number of findings.
    fn same_alone(network: &Network, place: &str) -> usize {
        let mut looked = 0;
        for check in all().iter().filter(|it| it.looks_at == LooksAt::Machine) {
            let (mut together, mut alone) = (Vec::new(), Vec::new());
            (check.run)(network, &mut together);
            let mut one = network.without_machines();
            for machine in &network.machines {
                one.put_alone(machine.clone());
                (check.run)(&one, &mut alone);
            }
            assert_eq!(format!("{together:#?}"), format!("{alone:#?}"), "{}: {place}", check.id);
            looked += together.len();
        }
        looked
    }
}
