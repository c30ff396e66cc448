//! What the machines of a network wait for: `deployment.dependsOn`, resolved. What a pattern or a tag stands for is kept once
//! for all machines that write it, so that ten thousand machines that each need five thousand others take no more room than
//! their texts; it is written out only for those who ask about one machine.

use std::cell::LazyCell;
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::Network;
use super::selectors::{Machines, Selector};
use crate::text::Span;

/// One machine must be healthy before another one is activated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dependency {
    /// The index of the machine that waits.
    pub from: usize,
    /// The index of the machine it waits for.
    pub on: usize,
    pub at: Span,
}

/// The machines that one selector selects, and those that wait for them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selected {
    pub selector: String,
    /// By index, in order.
    pub machines: Vec<usize>,
    /// Who waits for all of them but itself, and where that is written. Each once.
    pub users: Vec<(usize, Span)>,
}

/// What all machines are known to wait for. Selectors that make no sense stand for nothing; a check reports them.
#[derive(Clone, Debug, Default)]
pub struct Needs {
    /// For each machine those that it names, and those by which it is named.
    named: Vec<Vec<Dependency>>,
    named_by: Vec<Vec<usize>>,
    /// What is selected otherwise, in order of its first use.
    selected: Vec<Selected>,
    /// For each machine the numbers of those selections that it writes, in order.
    selections_of: Vec<Vec<usize>>,
    /// Whatever machines write that is no machine's name.
    others: Vec<(usize, Arc<str>, Span)>,
}

impl Needs {
    pub(super) fn of(network: &Network, selectable: impl Fn() -> Machines) -> Self {
        let machines = &network.machines;
        // Names alone need none of it.
        let selectable = LazyCell::new(selectable);
        let mut needs = Self {
            named: vec![Vec::new(); machines.len()],
            named_by: vec![Vec::new(); machines.len()],
            selected: Vec::new(),
            selections_of: vec![Vec::new(); machines.len()],
            others: Vec::new(),
        };
        let mut known: FxHashMap<&str, Option<usize>> = FxHashMap::default();
        // The machine that last named each machine: a machine may name all others.
        let mut named_last = vec![usize::MAX; machines.len()];
        for (from, machine) in machines.iter().enumerate() {
            for (text, at) in &machine.waits().0 {
                let at = *at;
                // A plain name, as nearly all are, needs no look at the other machines.
                if let Some(on) = network.number_of(text) {
                    if std::mem::replace(&mut named_last[on], from) != from {
                        needs.named[from].push(Dependency { from, on, at });
                        needs.named_by[on].push(from);
                    }
                    continue;
                }
                needs.others.push((from, text.clone(), at));
                // Nor does one that nobody has.
                if text.chars().all(|it| it.is_ascii_alphanumeric() || it == '-') {
                    continue;
                }
                let selected = &mut needs.selected;
                let number = *known.entry(text).or_insert_with(|| {
                    let machines = Selector::parse(text).and_then(|it| it.select(&selectable)).ok()?;
                    selected.push(Selected { selector: text.to_string(), machines, users: Vec::new() });
                    Some(selected.len() - 1)
                });
                if let Some(number) = number.filter(|it| !needs.selections_of[from].contains(it)) {
                    needs.selections_of[from].push(number);
                    needs.selected[number].users.push((from, at));
                }
            }
        }
        needs
    }

    /// What a machine waits for directly, each once: what it names, then what it selects.
    pub fn of_machine(&self, from: usize) -> Vec<Dependency> {
        let mut all = self.named(from).to_vec();
        let mut seen: FxHashSet<usize> = all.iter().map(|it| it.on).collect();
        for selected in self.selections_of(from) {
            let at = selected.written_by(from);
            for on in selected.machines.iter().copied() {
                // Who is selected, too, means the others.
                if let Some(at) = at.filter(|_| on != from && seen.insert(on)) {
                    all.push(Dependency { from, on, at });
                }
            }
        }
        all
    }

    /// What waits for a machine directly, in order.
    pub fn needed_by(&self, on: usize) -> Vec<usize> {
        let mut all = self.named_by.get(on).cloned().unwrap_or_default();
        for selected in self.selected.iter().filter(|it| it.has(on)) {
            all.extend(selected.users.iter().map(|it| it.0).filter(|it| *it != on));
        }
        all.sort_unstable();
        all.dedup();
        all
    }

    /// Whether a machine waits for another one directly.
    pub fn is_direct(&self, from: usize, on: usize) -> bool {
        self.edge(from, on).is_some()
    }

    fn edge(&self, from: usize, on: usize) -> Option<Dependency> {
        let named = self.named(from).iter().find(|it| it.on == on);
        named.copied().or_else(|| {
            let selected = self.selections_of(from).find(|it| on != from && it.has(on))?;
            Some(Dependency { from, on, at: selected.written_by(from)? })
        })
    }

    /// The machines that a machine names.
    pub fn named(&self, from: usize) -> &[Dependency] {
        self.named.get(from).map_or(&[], Vec::as_slice)
    }

    /// What machines write that is no machine's name, in order: selectors, and mistakes.
    pub fn unnamed(&self) -> impl Iterator<Item = (usize, &str, Span)> {
        self.others.iter().map(|(from, text, at)| (*from, text.as_ref(), *at))
    }

    /// All that is selected by more than a name.
    pub fn selected(&self) -> &[Selected] {
        &self.selected
    }

    fn selections_of(&self, from: usize) -> impl Iterator<Item = &Selected> {
        self.selections_of.get(from).into_iter().flatten().map(|it| &self.selected[*it])
    }

    /// Whether no machine waits for any.
    pub fn is_empty(&self) -> bool {
        self.named.iter().all(Vec::is_empty) && self.selected.is_empty()
    }

    /// Machines that wait for each other in circles, each as its way round. No two of these share a machine, so that they take
    /// no more room than the machines; who breaks one of them may find another one.
    pub fn circles(&self) -> Vec<Vec<Dependency>> {
        let mut circles = Vec::new();
        let points = self.points();
        let mut walk = Walk { state: vec![State::New; points.len()], told: vec![false; points.len()] };
        // Two machines that need a selection and are in it need each other.
        for selected in &self.selected {
            let inside: Vec<usize> = selected.inside().collect();
            if let [first, second, ..] = inside[..] {
                if !inside.iter().any(|it| walk.told[*it]) {
                    circles.extend(self.way_round(&[first, second]));
                }
                inside.iter().for_each(|it| walk.told[*it] = true);
            }
        }
        for start in 0..self.named.len() {
            walk.from(start, &points, &mut |way| {
                let machines: Vec<usize> = way.iter().copied().filter(|it| *it < self.named.len()).collect();
                circles.extend(self.way_round(&machines));
            });
        }
        circles
    }

    fn way_round(&self, machines: &[usize]) -> Option<Vec<Dependency>> {
        let next = machines.iter().cycle().skip(1);
        machines.iter().zip(next).map(|(from, on)| self.edge(*from, *on)).collect()
    }

    /// For each machine the points that it leads to: machines by their index, and behind them a point for each selection,
    /// which leads to its machines. A machine reaches by them exactly those that it waits for, directly or not.
    pub fn points(&self) -> Vec<Vec<usize>> {
        let count = self.named.len();
        let mut points: Vec<Vec<usize>> =
            self.named.iter().map(|edges| edges.iter().map(|it| it.on).collect()).collect();
        for (number, selected) in self.selected.iter().enumerate() {
            let alone = selected.alone();
            for (from, _) in &selected.users {
                if alone == Some(*from) {
                    points[*from].extend(selected.machines.iter().copied().filter(|it| it != from));
                } else {
                    points[*from].push(count + number);
                }
            }
        }
        points.extend(self.selected.iter().map(|it| it.machines.clone()));
        points
    }
}

impl Selected {
    /// The machine that waits for the selection and is in it, if there is just one: it waits for the others, and not for
    /// itself. Where there are several, they wait for each other, and so each for all of it.
    pub fn alone(&self) -> Option<usize> {
        let mut inside = self.inside();
        inside.next().filter(|_| inside.next().is_none())
    }

    /// The machines that wait for the selection and are in it.
    fn inside(&self) -> impl Iterator<Item = usize> {
        self.users.iter().map(|it| it.0).filter(|it| self.has(*it))
    }

    fn has(&self, machine: usize) -> bool {
        self.machines.binary_search(&machine).is_ok()
    }

    fn written_by(&self, user: usize) -> Option<Span> {
        let at = self.users.binary_search_by_key(&user, |it| it.0).ok()?;
        Some(self.users[at].1)
    }
}

impl Network {
    /// What the machines are known to wait for. Linear in machines, in what they write, and in what each selector selects.
    pub fn needs(&self) -> Arc<Needs> {
        self.needs.get_or_init(|| Arc::new(Needs::of(self, || self.named()))).clone()
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    New,
    OnTheWay,
    Done,
}

/// A walk through all points, depth first with a stack of its own: a chain of 10,000 machines must not overflow the program's.
struct Walk {
    state: Vec<State>,
    /// Points that are on a circle that was told.
    told: Vec<bool>,
}

/// A point on the way, what it leads to next, and the place of the last point up to here that was told.
struct OnTheWay {
    point: usize,
    next: usize,
    last_told: Option<usize>,
}

impl Walk {
    fn from(&mut self, start: usize, points: &[Vec<usize>], tell: &mut dyn FnMut(&[usize])) {
        let mut way: Vec<OnTheWay> = Vec::new();
        let mut place_of: FxHashMap<usize, usize> = FxHashMap::default();
        let mut entered = Some(start).filter(|it| self.state[*it] == State::New);
        loop {
            if let Some(point) = entered.take() {
                self.state[point] = State::OnTheWay;
                place_of.insert(point, way.len());
                let last_told =
                    if self.told[point] { Some(way.len()) } else { way.last().and_then(|it| it.last_told) };
                way.push(OnTheWay { point, next: 0, last_told });
            }
            let Some(top) = way.last_mut() else { return };
            let Some(next) = points[top.point].get(top.next).copied() else {
                self.state[top.point] = State::Done;
                place_of.remove(&top.point);
                way.pop();
                continue;
            };
            top.next += 1;
            let last_told = top.last_told;
            match self.state[next] {
                State::New => entered = Some(next),
                State::Done => {}
                State::OnTheWay => {
                    let first = place_of[&next];
                    if last_told.is_some_and(|it| it >= first) {
                        continue;
                    }
                    let circle: Vec<usize> = way[first..].iter().map(|it| it.point).collect();
                    tell(&circle);
                    circle.iter().for_each(|it| self.told[*it] = true);
                    for (place, it) in way.iter_mut().enumerate().skip(first) {
                        it.last_told = Some(place);
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use crate::network::{Network, Request};
    use crate::system::OverlayFiles;

    fn network(text: &str) -> Network {
        let mut files = OverlayFiles::alone();
        files.put("/net/network.nix", text);
        Network::load(&Request::new(Arc::new(files), vec!["/net/network.nix".into()])).unwrap()
    }

    fn circles(text: &str) -> String {
        let network = network(text);
        let name = |at: usize| network.machines[at].name.as_str();
        let circles = network.needs().circles();
        let shown = circles.iter().map(|it| it.iter().map(|it| name(it.from)).collect::<Vec<_>>().join(" "));
        shown.collect::<Vec<_>>().join("; ")
    }

    #[test]
    fn a_selection_means_the_others_of_it() {
        let network = network(
            r#"{
              a.deployment.dependsOn = [ "*" "b" ];
              b.deployment.tags = [ "x" ];
              c.deployment = { tags = [ "x" ]; dependsOn = [ "@x" ]; };
              d.deployment.dependsOn = [ "c" "@x" "@x" "ghost" "gh*" ];
            }"#,
        );
        let needs = network.needs();
        let of: Vec<Vec<usize>> =
            (0..4).map(|at| needs.of_machine(at).iter().map(|it| it.on).collect()).collect();
        assert_eq!(of, [vec![1, 2, 3], vec![], vec![1], vec![2, 1]]);
        assert_eq!(needs.needed_by(1), [0, 2, 3]);
        assert!(needs.is_direct(0, 3) && !needs.is_direct(0, 0) && !needs.is_direct(1, 2));
        // One selection that many write is one point, and what one machine of it writes leads to the others.
        assert_eq!(needs.points()[..4], [vec![1, 1, 2, 3], vec![], vec![1], vec![2, 5]]);
        assert_eq!(needs.circles(), Vec::<Vec<crate::network::Dependency>>::new());
    }

    #[test]
    fn circles_are_found_through_selections_and_told_once() {
        assert_eq!(circles(r#"{ a.deployment.dependsOn = [ "a" ]; }"#), "a");
        assert_eq!(circles(r#"{ a.deployment.dependsOn = [ "*" ]; b = { }; }"#), "");
        let all = r#"{ a.deployment.dependsOn = [ "*" ]; b.deployment.dependsOn = [ "*" ]; c.deployment.dependsOn = [ "*" ]; }"#;
        assert_eq!(circles(all), "a b");
        let through = r#"{
          a.deployment = { tags = [ "x" ]; dependsOn = [ "b" ]; };
          b.deployment.dependsOn = [ "c" ];
          c.deployment.dependsOn = [ "@x" ];
          d.deployment = { tags = [ "x" ]; };
        }"#;
        assert_eq!(circles(through), "a b c");
        // Two that share a machine are told as one; two that share none are told apart.
        let shared = r#"{
          a.deployment.dependsOn = [ "b" "c" ]; b.deployment.dependsOn = [ "a" ]; c.deployment.dependsOn = [ "a" ];
          d.deployment.dependsOn = [ "e" ]; e.deployment.dependsOn = [ "d" "a" ];
        }"#;
        assert_eq!(circles(shared), "a b; d e");
    }
}
