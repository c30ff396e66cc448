//! Patterns for paths: `*` and `?` within a name, `**` over folders. Reads no folder.

/// A pattern that a path relative to the project's folder fits or does not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Glob {
    parts: Vec<String>,
}

impl Glob {
    pub fn new(pattern: &str) -> Self {
        let parts = pattern.split('/').filter(|part| !part.is_empty() && *part != ".");
        Self { parts: parts.map(str::to_owned).collect() }
    }

    /// Whether a path with `/` between its names fits.
    pub fn fits(&self, path: &str) -> bool {
        let names: Vec<&str> = path.split('/').collect();
        let parts: Vec<&str> = self.parts.iter().map(String::as_str).collect();
        path_fits(&parts, &names)
    }
}

/// Each place of the pattern is held against each place of the path once, however many stars there are.
fn path_fits(parts: &[&str], names: &[&str]) -> bool {
    let mut fits = vec![false; names.len() + 1];
    fits[0] = true;
    for part in parts {
        let mut next = vec![false; names.len() + 1];
        for at in 0..=names.len() {
            next[at] = if *part == "**" {
                fits[at] || at > 0 && next[at - 1]
            } else {
                at > 0 && fits[at - 1] && name_fits(part, names[at - 1])
            };
        }
        fits = next;
    }
    fits[names.len()]
}

/// The same within a name, letter by letter.
fn name_fits(part: &str, name: &str) -> bool {
    let letters: Vec<char> = name.chars().collect();
    let mut fits = vec![false; letters.len() + 1];
    fits[0] = true;
    for it in part.chars() {
        let mut next = vec![false; letters.len() + 1];
        for at in 0..=letters.len() {
            next[at] = match it {
                '*' => fits[at] || at > 0 && next[at - 1],
                '?' => at > 0 && fits[at - 1],
                it => at > 0 && fits[at - 1] && letters[at - 1] == it,
            };
        }
        fits = next;
    }
    fits[letters.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_stop_at_folders_and_two_do_not() {
        let fits = |pattern: &str, path: &str| Glob::new(pattern).fits(path);
        assert!(fits("generated/*.nix", "generated/a.nix") && !fits("generated/*.nix", "generated/b/a.nix"));
        assert!(fits("**/a.nix", "a.nix") && fits("**/a.nix", "b/c/a.nix") && !fits("**/a.nix", "b/aa.nix"));
        assert!(fits("b/**", "b/c/a.nix") && !fits("b/**", "c/b/a.nix"));
        assert!(fits("./web-?.nix", "web-1.nix") && !fits("web-?.nix", "web-10.nix"));
        assert!(!fits(&"*a".repeat(40), &"a".repeat(39)));
        assert!(fits(&"**/".repeat(60), &"a/".repeat(60)));
    }
}
