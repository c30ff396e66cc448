//! The modules of a machine before their definitions are read: which there are, and in which order NixOS would merge
//! them. Reads nothing itself.

use std::cmp::Reverse;
use std::sync::Arc;

use super::definitions::{Gap, Modules, Origin, Start, Written};
use super::disabled::may_declare;
use super::properties::Bare;
use crate::text::Span;
use crate::value::Value;

/// Modules whose functions were called and whose imports were followed; their definitions were not looked at.
#[derive(Default)]
pub struct Collected {
    pub(super) out: Modules,
    pub(super) later: Vec<Later>,
    /// Each with the way to it: its number among the first modules, then among the imports of each.
    pub(super) written: Vec<(Vec<usize>, Written)>,
    /// The ways to all modules, in the order in which they were read.
    pub(super) ways: Vec<Vec<usize>>,
    /// What modules are known by to those that disable them.
    pub(super) keys: Vec<String>,
    pub(super) disabling: Vec<Value>,
}

impl Collected {
    /// In the order in which NixOS merges definitions: level by level of imports, the last ones first.
    pub fn written(&self) -> Vec<Written> {
        let mut sorted: Vec<&(Vec<usize>, Written)> = self.written.iter().collect();
        sorted.sort_by(|(a, _), (b, _)| (b.len(), b).cmp(&(a.len(), a)));
        sorted.into_iter().map(|(_, written)| *written).collect()
    }

    /// The place of each module in that order.
    pub(super) fn ranks(&self) -> Vec<usize> {
        let mut sorted: Vec<usize> = (0..self.ways.len()).collect();
        sorted.sort_by_key(|module| Reverse((self.ways[*module].len(), &self.ways[*module])));
        let mut ranks = vec![0; sorted.len()];
        for (rank, module) in sorted.into_iter().enumerate() {
            ranks[module] = rank;
        }
        ranks
    }

    /// Whether NixOS has modules among them that it does not have in every machine, and that may declare options.
    pub(super) fn declares_more(&self) -> bool {
        self.out.of_nixos.iter().any(|module| may_declare(module))
    }

    /// Why there may be more modules.
    pub fn gaps(&self) -> &[Gap] {
        &self.out.gaps
    }
}

/// Something of a module that is read once all modules are known.
#[derive(Clone)]
pub(super) enum Later {
    Config { value: Value, start: Start, certain: bool, module: usize },
    Setting { bare: Bare, path: Vec<Arc<str>>, name_at: Span, at: Span, origin: Origin, module: usize },
    Declarations(Value),
}
