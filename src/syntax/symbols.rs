//! Interned names: of a run, and of a file. Knows nothing of scopes.

use std::hash::Hasher;
use std::sync::Arc;

use rustc_hash::FxHashMap;

/// A name: an index into its [`Symbols`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sym(pub u32);

/// An append-only table of names.
#[derive(Clone, Debug, Default)]
pub struct Symbols {
    names: Vec<Arc<str>>,
    ids: FxHashMap<Arc<str>, Sym>,
}

impl Symbols {
    pub fn intern(&mut self, name: &str) -> Sym {
        if let Some(known) = self.ids.get(name) {
            return *known;
        }
        let id = Sym(u32::try_from(self.names.len()).expect("a run has fewer than 2^32 names"));
        let name: Arc<str> = name.into();
        self.names.push(name.clone());
        self.ids.insert(name, id);
        id
    }

    pub fn find(&self, name: &str) -> Option<Sym> {
        self.ids.get(name).copied()
    }

    pub fn name(&self, sym: Sym) -> &str {
        &self.names[sym.0 as usize]
    }

    /// The name, cheap to keep while the table grows.
    pub fn shared(&self, sym: Sym) -> Arc<str> {
        self.names[sym.0 as usize].clone()
    }

    pub fn len(&self) -> usize {
        self.names.len()
    }

    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(|name| &**name)
    }
}

/// The names of one file: made and thrown away for each file that is read, so all of them lie in one text.
#[derive(Clone, Debug, Default)]
pub struct FileNames {
    text: String,
    /// Where each name ends and the next one begins.
    ends: Vec<u32>,
    /// One more than the number of a name at the place that its hash says or behind that; nothing where there is a zero.
    /// As long as a power of two, and at most three quarters full.
    places: Vec<u32>,
}

impl FileNames {
    pub fn intern(&mut self, name: &str) -> Sym {
        if (self.ends.len() + 1) * 4 > self.places.len() * 3 {
            self.grow();
        }
        let place = self.place(name);
        if let Some(known) = self.places[place].checked_sub(1) {
            return Sym(known);
        }
        let id = super::ir::index(self.ends.len());
        self.text.push_str(name);
        self.ends.push(super::ir::index(self.text.len()));
        self.places[place] = id + 1;
        Sym(id)
    }

    pub fn name(&self, sym: Sym) -> &str {
        let number = sym.0 as usize;
        let start = number.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.text[start as usize..self.ends[number] as usize]
    }

    pub fn len(&self) -> usize {
        self.ends.len()
    }

    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// In the order in which they were met.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        (0..super::ir::index(self.ends.len())).map(|number| self.name(Sym(number)))
    }

    /// Where a name stands, or where it would be put.
    fn place(&self, name: &str) -> usize {
        let mut hasher = rustc_hash::FxHasher::default();
        hasher.write(name.as_bytes());
        let last = self.places.len() - 1;
        // The low bits are those that differ.
        #[expect(clippy::cast_possible_truncation, reason = "only a part of the hash is wanted")]
        let mut place = hasher.finish() as usize & last;
        while let Some(known) = self.places[place].checked_sub(1)
            && self.name(Sym(known)) != name
        {
            place = (place + 1) & last;
        }
        place
    }

    fn grow(&mut self) {
        let longer = (self.places.len() * 2).max(128);
        self.places.clear();
        self.places.resize(longer, 0);
        for number in 0..super::ir::index(self.ends.len()) {
            let place = self.place(self.name(Sym(number)));
            self.places[place] = number + 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_a_file_are_found_again() {
        let mut names = FileNames::default();
        let all: Vec<String> = (0..5_000).map(|number| format!("n{}", number * 7919)).collect();
        for (number, name) in (0..).zip(&all) {
            assert_eq!(names.intern(name), Sym(number));
        }
        assert_eq!(names.intern(""), Sym(5_000));
        for (number, name) in (0..).zip(&all) {
            assert_eq!((names.intern(name), names.name(Sym(number))), (Sym(number), name.as_str()));
        }
        assert!(names.iter().eq(all.iter().map(String::as_str).chain([""])));
    }
}
