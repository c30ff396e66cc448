//! "Did you mean": the nearest of the names there are. Knows no names of its own.

/// What tells that two names are far apart without comparing them letter by letter.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sketch {
    /// One slip takes at most one letter away and adds at most one.
    letters: u64,
    len: usize,
}

impl Sketch {
    pub fn new(name: &str) -> Self {
        let letters = name.chars().fold(0, |set, it| set | 1 << (u32::from(it.to_ascii_lowercase()) % 64));
        Self { letters, len: name.len() }
    }

    fn may_be_near(self, other: Self, slips: usize) -> bool {
        self.len.abs_diff(other.len) <= 4 * slips
            && (self.letters ^ other.letters).count_ones() as usize <= 2 * slips
    }
}

/// The nearest name, where it is near: one slip in short names, more in long ones, and never the name itself.
pub fn nearest<'a>(written: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    nearest_sketched(written, names.into_iter().map(|name| (name, Sketch::new(name))))
}

/// The same among names that were sketched before: of many wrong names each is then compared with few others.
pub fn nearest_sketched<'a>(
    written: &str,
    names: impl IntoIterator<Item = (&'a str, Sketch)>,
) -> Option<&'a str> {
    let allowed = match written.chars().count() {
        0..=1 => return None,
        2..=4 => 1,
        5..=8 => 2,
        _ => 3,
    };
    let sketch = Sketch::new(written);
    names
        .into_iter()
        .filter(|(name, known)| known.may_be_near(sketch, allowed) && *name != written)
        .map(|(name, _)| {
            // Letters in the wrong case are nearer than any wrong letter.
            let same = name.eq_ignore_ascii_case(written);
            (if same { 0 } else { strsim::osa_distance(written, name) }, name)
        })
        .filter(|(distance, name)| *distance <= allowed && *distance < name.chars().count())
        .min()
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_found_and_other_words_are_not() {
        assert_eq!(nearest("tagretHost", ["targetHost", "targetPort"]), Some("targetHost"));
        assert_eq!(nearest("targethost", ["targetHost", "targetPort"]), Some("targetHost"));
        assert_eq!(nearest("TARGETHOST", ["targetHost", "targetPort"]), Some("targetHost"));
        assert_eq!(nearest("ab", ["ac", "xy"]), Some("ac"));
        assert_eq!(nearest("web", ["db", "mail"]), None);
        assert_eq!(nearest("keys", ["keys"]), None);
    }
}
