use rustc_hash::{FxHashMap, FxHashSet};

use crate::findings::Finding;
use crate::network::{Needs, Network};
use crate::text::Span;

use super::check::check;

check! {
    /// # What it finds
    /// In a network that orders its machines with `deployment.dependsOn`: a machine that asks for a value of another one through `nodes`, and neither waits for it nor is waited for.
    ///
    /// # Why it is bad
    /// What is configured with another machine's address mostly talks to that machine. Without an order it may be activated first, and find nobody.
    ///
    /// # What to do instead
    /// Add the machine to `dependsOn`. If the order does not matter, leave it as it is.
    ///
    /// # What it cannot see
    /// Names that are computed, and networks without any `dependsOn`.
    ///
    /// # Examples
    /// ```nix bad
    /// {
    ///   db.deployment.targetHost = "10.0.0.7";
    ///   cache.deployment.targetHost = "10.0.0.9";
    ///   web = { nodes, ... }: {
    ///     deployment.targetHost = "10.0.0.8";
    ///     deployment.dependsOn = [ "cache" ];
    ///     environment.etc.upstream.text = nodes.db.config.deployment.targetHost;   # hint
    ///   };
    /// }
    /// ```
    /// ```nix good
    /// {
    ///   db = { nodes, ... }: {
    ///     deployment.targetHost = "10.0.0.7";
    ///     environment.etc.clients.text = nodes.web.config.deployment.targetHost;
    ///   };
    ///   web = { nodes, ... }: {
    ///     deployment.targetHost = "10.0.0.8";
    ///     deployment.dependsOn = [ "db" ];
    ///     environment.etc.upstream.text = nodes.db.config.deployment.targetHost;
    ///   };
    /// }
    /// ```
    pub(super) static CHECK = { id: "implied-dependency", level: Hint, since: "0.1.0" }
}

fn run(network: &Network, found: &mut Vec<Finding>) {
    if network.references.is_empty() {
        return;
    }
    let needs = network.needs();
    if needs.is_empty() {
        return;
    }
    let mut users: FxHashMap<Span, Vec<usize>> = FxHashMap::default();
    let wanted: FxHashSet<Span> = network.references.iter().map(|it| it.function).collect();
    for (number, machine) in network.machines.iter().enumerate() {
        for function in machine.functions.iter().filter(|it| wanted.contains(it)) {
            users.entry(*function).or_default().push(number);
        }
    }
    let points = needs.points();
    let mut order = Order { needs: &needs, points: &points, known: FxHashMap::default(), room: MOST_KNOWN };
    let mut said: FxHashSet<(usize, usize)> = FxHashSet::default();
    for reference in &network.references {
        let Some(on) = network.number_of(&reference.machine) else { continue };
        let unordered = users.get(&reference.function).into_iter().flatten().copied().find(|from| {
            *from != on
                && network.machines[*from].waits().1
                && !order.waits(*from, on)
                && !order.waits(on, *from)
        });
        let Some(from) = unordered else { continue };
        if !said.insert((from.min(on), from.max(on))) {
            continue;
        }
        let (name, other) = (network.machines[from].name.as_str(), &reference.machine);
        found.push(
            CHECK
                .finding(
                    reference.at,
                    format!("`{name}` asks for a value of `{other}`, and does not wait for it"),
                )
                .note("no order between the two")
                .help(format!("if `{name}` needs it running, add \"{other}\" to its `deployment.dependsOn`"))
                .machine(name),
        );
    }
}

/// Pairs of machines in all: ten thousand in one chain are fifty millions.
const MOST_KNOWN: usize = 4_000_000;

/// Who waits for whom, directly or not.
struct Order<'a> {
    needs: &'a Needs,
    points: &'a [Vec<usize>],
    known: FxHashMap<usize, FxHashSet<usize>>,
    /// How much more may be remembered. Without any, everybody is taken to wait for everybody.
    room: usize,
}

impl Order<'_> {
    fn waits(&mut self, from: usize, on: usize) -> bool {
        if self.points[from].is_empty() {
            return false;
        }
        if self.needs.is_direct(from, on) {
            return true;
        }
        if self.room == 0 {
            return true;
        }
        let (points, room) = (self.points, &mut self.room);
        let all = self.known.entry(from).or_insert_with(|| {
            let (mut all, mut next) = (FxHashSet::default(), vec![from]);
            while let Some(at) = next.pop() {
                next.extend(points[at].iter().copied().filter(|it| all.insert(*it)));
            }
            *room = room.saturating_sub(all.len());
            all
        });
        all.contains(&on)
    }
}
