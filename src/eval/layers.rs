//! Attribute sets in the tables: sorted attributes, possibly laid over another set.
//!
//! `large // small` copies nothing but lays the small set over the large one. Layers at least double in size downwards, so
//! that a name is found in a few looks, and adding names one by one writes each of them a few times only. Whoever needs
//! all attributes of a set makes it flat first.

use super::heap::{Heap, handle};
use crate::syntax::Sym;
use crate::value::{Attr, AttrsId, UnknownId};

/// A set, or the uppermost layer of one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Layer {
    start: u32,
    len: u32,
    /// Set where there may be more attributes than these.
    open: Option<UnknownId>,
    /// The set below, whose attributes count where this layer has none of the name; [`FLAT`] if there is none.
    under: AttrsId,
}

/// The end of a chain of layers.
const FLAT: AttrsId = AttrsId(u32::MAX);

/// Smaller sets are copied: looking in two places costs more.
const SMALLEST_UNDER: usize = 32;

/// A layer is at most this part of what lies below.
const LAYER_PART: usize = 4;

impl Layer {
    fn range(self) -> std::ops::Range<usize> {
        self.start as usize..(self.start + self.len) as usize
    }
}

impl Heap {
    /// A set of attributes that are sorted by name, each name once.
    pub(super) fn sorted_set(&mut self, attrs: &[Attr], open: Option<UnknownId>) -> AttrsId {
        debug_assert!(attrs.windows(2).all(|pair| pair[0].name < pair[1].name), "attributes are sorted");
        let start = handle(self.attrs.len());
        self.attrs.extend_from_slice(attrs);
        self.add_set(start, open)
    }

    /// A set of the same names as another one: `make` is given the place of each attribute and what lies there.
    pub(super) fn mapped_set(
        &mut self,
        of: AttrsId,
        open: Option<UnknownId>,
        mut make: impl FnMut(&mut Self, usize, Attr) -> Attr,
    ) -> AttrsId {
        let place = self.place(of);
        let start = handle(self.attrs.len());
        self.attrs.reserve(place.len());
        for at in place {
            let attr = make(self, at, self.attrs[at]);
            self.attrs.push(attr);
        }
        self.add_set(start, open)
    }

    /// A set of the attributes from `start` to the end of the table.
    pub(super) fn add_set(&mut self, start: u32, open: Option<UnknownId>) -> AttrsId {
        let len = handle(self.attrs.len()) - start;
        self.add_layer(Layer { start, len, open, under: FLAT })
    }

    fn add_layer(&mut self, layer: Layer) -> AttrsId {
        let id = AttrsId(handle(self.sets.len()));
        self.sets.push(layer);
        id
    }

    /// All attributes of a set, sorted by name.
    pub(super) fn attrs(&mut self, id: AttrsId) -> &[Attr] {
        let layer = self.flat(id);
        &self.attrs[layer.range()]
    }

    pub(super) fn attr_count(&mut self, id: AttrsId) -> usize {
        self.flat(id).len as usize
    }

    pub(super) fn open(&self, id: AttrsId) -> Option<UnknownId> {
        self.sets[id.0 as usize].open
    }

    pub(super) fn find(&self, id: AttrsId, name: Sym) -> Option<Attr> {
        let mut layer = self.sets[id.0 as usize];
        loop {
            let attrs = &self.attrs[layer.range()];
            let found = if attrs.len() <= 8 {
                attrs.iter().find(|attr| attr.name == name)
            } else {
                attrs.binary_search_by_key(&name, |attr| attr.name).ok().map(|at| &attrs[at])
            };
            if found.is_some() || layer.under == FLAT {
                return found.copied();
            }
            layer = self.sets[layer.under.0 as usize];
        }
    }

    /// The same, with a guess where the name is: right where sets of one shape come by. It is kept for the next time.
    pub(super) fn find_near(&self, id: AttrsId, name: Sym, guess: &mut u32) -> Option<Attr> {
        let layer = self.sets[id.0 as usize];
        let attrs = &self.attrs[layer.range()];
        let at = *guess as usize;
        let here = attrs.get(at).map_or(std::cmp::Ordering::Greater, |attr| attr.name.cmp(&name));
        if here.is_eq() {
            return Some(attrs[at]);
        }
        // Between two neighbours there is nothing else.
        let absent = here.is_gt() && at <= attrs.len() && (at == 0 || attrs[at - 1].name < name);
        if !absent {
            let found = attrs.binary_search_by_key(&name, |attr| attr.name);
            *guess = handle(found.unwrap_or_else(|at| at));
            if let Ok(at) = found {
                return Some(attrs[at]);
            }
        }
        if layer.under == FLAT { None } else { self.find(layer.under, name) }
    }

    /// A number of attributes that a set does not exceed.
    pub(super) fn most_attrs(&self, id: AttrsId) -> usize {
        let mut layer = self.sets[id.0 as usize];
        let mut most = layer.len as usize;
        while layer.under != FLAT {
            layer = self.sets[layer.under.0 as usize];
            most += layer.len as usize;
        }
        most
    }

    /// Whether `//` lays the right set over the left one instead of copying both.
    pub(super) fn is_laid_over(&self, left: AttrsId, right: AttrsId) -> bool {
        let over = self.sets[right.0 as usize];
        if over.under != FLAT || over.open.is_some() {
            return false;
        }
        let under = self.most_attrs(left);
        under >= SMALLEST_UNDER && over.len as usize * LAYER_PART <= under
    }

    /// Two sets as one, the right one laid over the left one.
    pub(super) fn lay_over(&mut self, left: AttrsId, right: AttrsId) -> AttrsId {
        let mut over = self.sets[right.0 as usize];
        over.open = self.open(left);
        let mut under = left;
        loop {
            let below = self.sets[under.0 as usize];
            if below.under == FLAT || below.len >= 2 * over.len {
                break;
            }
            over = Layer { open: over.open, ..self.merged(over, below) };
            under = below.under;
        }
        if self.sets[under.0 as usize].under == FLAT
            && over.len as usize * LAYER_PART > self.sets[under.0 as usize].len as usize
        {
            let all = self.merged(over, self.sets[under.0 as usize]);
            return self.add_layer(Layer { open: over.open, under: FLAT, ..all });
        }
        self.add_layer(Layer { under, ..over })
    }

    /// The attributes of two closed sets as one set, of which the right one wins.
    pub(super) fn merged_set(&mut self, left: AttrsId, right: AttrsId) -> AttrsId {
        let (under, over) = (self.flat(left), self.flat(right));
        let all = self.merged(over, under);
        self.add_layer(all)
    }

    /// The attributes of two layers in a new place.
    fn merged(&mut self, over: Layer, under: Layer) -> Layer {
        let start = handle(self.attrs.len());
        let (mut a, mut b) = (under.range(), over.range());
        self.attrs.reserve(a.len() + b.len());
        while !a.is_empty() && !b.is_empty() {
            let (x, y) = (self.attrs[a.start], self.attrs[b.start]);
            if x.name < y.name {
                self.attrs.push(x);
                a.start += 1;
            } else {
                self.attrs.push(y);
                a.start += usize::from(x.name == y.name);
                b.start += 1;
            }
        }
        self.attrs.extend_from_within(a);
        self.attrs.extend_from_within(b);
        Layer { start, len: handle(self.attrs.len()) - start, open: None, under: FLAT }
    }

    /// Where the attributes of a set lie in the table.
    pub(super) fn place(&mut self, id: AttrsId) -> std::ops::Range<usize> {
        self.flat(id).range()
    }

    /// Makes a set flat, where it is not.
    fn flat(&mut self, id: AttrsId) -> Layer {
        let layer = self.sets[id.0 as usize];
        if layer.under == FLAT {
            return layer;
        }
        let mut all = layer;
        let mut under = layer.under;
        while under != FLAT {
            let below = self.sets[under.0 as usize];
            all = self.merged(all, below);
            under = below.under;
        }
        let flat = Layer { open: layer.open, ..all };
        self.sets[id.0 as usize] = flat;
        // The set may be older than the region that its attributes now lie in.
        self.keep();
        flat
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::value::{PositionId, Value};

    fn attr(name: u32, value: i64) -> Attr {
        Attr { name: Sym(name), position: PositionId::NONE, value: Value::Int(value) }
    }

    #[test]
    fn layers_are_the_set_that_copying_would_make() {
        let mut heap = Heap::default();
        let first: Vec<Attr> = (0..100).map(|at| attr(at * 7, 0)).collect();
        let mut set = heap.sorted_set(&first, None);
        let mut wanted: BTreeMap<u32, i64> = first.iter().map(|it| (it.name.0, 0)).collect();
        let mut number: u32 = 1;
        for round in 1..3000 {
            number = number.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let count = number >> 8 & 3;
            let more: BTreeMap<u32, i64> =
                (0..=count).map(|at| ((number >> 12) % 5000 + at, round)).collect();
            let over: Vec<Attr> = more.iter().map(|(name, value)| attr(*name, *value)).collect();
            let over = heap.sorted_set(&over, None);
            assert!(heap.is_laid_over(set, over), "small sets are laid over large ones");
            let old = set;
            set = heap.lay_over(set, over);
            wanted.extend(more);
            let probe = (number >> 12) % 5000;
            assert_eq!(
                heap.find(set, Sym(probe)).map(|it| it.value),
                wanted.get(&probe).map(|it| Value::Int(*it))
            );
            if round % 500 == 0 {
                let all: Vec<(u32, Value)> = heap.attrs(set).iter().map(|it| (it.name.0, it.value)).collect();
                let wanted: Vec<(u32, Value)> =
                    wanted.iter().map(|(name, value)| (*name, Value::Int(*value))).collect();
                assert_eq!(all, wanted);
                assert!(heap.attr_count(old) <= all.len(), "the set below is as it was");
            }
        }
    }

    #[test]
    fn a_guess_changes_nothing_but_time() {
        let mut heap = Heap::default();
        let mut guess = 0;
        let mut number: u32 = 1;
        let sets: Vec<AttrsId> = (1..60)
            .map(|count| {
                let attrs: Vec<Attr> = (0..count).map(|at| attr(at * (count % 5 + 1), 1)).collect();
                heap.sorted_set(&attrs, None)
            })
            .collect();
        for _ in 0..20_000 {
            number = number.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let (set, name) = (sets[(number >> 8) as usize % sets.len()], Sym((number >> 16) % 70));
            let found = heap.find_near(set, name, &mut guess).map(|attr| attr.name);
            assert_eq!(found, heap.find(set, name).map(|attr| attr.name));
            if number.is_multiple_of(3) {
                guess = number >> 20;
            }
        }
    }

    #[test]
    fn names_added_one_by_one_take_little_room() {
        let mut heap = Heap::default();
        let mut set = heap.sorted_set(&[], None);
        for name in 0..20_000 {
            let over = heap.sorted_set(&[attr(name, 1)], None);
            set = if heap.is_laid_over(set, over) {
                heap.lay_over(set, over)
            } else {
                let both = heap.merged(heap.sets[over.0 as usize], heap.sets[set.0 as usize]);
                heap.add_layer(both)
            };
        }
        assert_eq!(heap.attr_count(set), 20_000);
        assert!(heap.attrs.len() < 20_000 * 40, "{} attributes were written", heap.attrs.len());
    }
}
