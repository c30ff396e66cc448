//! A check's page: Markdown with fixed headings and fenced examples. Reads pages; runs nothing.

/// The text of a doc comment: every line without the blank that follows `///`.
pub(super) fn text(raw: &str) -> String {
    raw.lines().map(|line| format!("{}\n", line.strip_prefix(' ').unwrap_or(line))).collect()
}

/// The first sentence below the first heading.
pub(super) fn summary(page: &str) -> String {
    let prose: Vec<&str> = page
        .lines()
        .skip_while(|line| line.starts_with('#') || line.is_empty())
        .take_while(|line| !line.is_empty())
        .collect();
    let prose = prose.join(" ");
    match prose.find(". ") {
        Some(at) => prose[..=at].to_owned(),
        None => prose,
    }
}

/// What an example shows.
#[cfg(test)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Bad,
    Good,
    /// The bad example before it, with every safe fix applied.
    Fixed,
}

/// A fenced block.
#[cfg(test)]
#[derive(Clone, Debug)]
pub(super) struct Example {
    pub(super) kind: Kind,
    pub(super) text: String,
}

/// The fenced blocks of a page that are examples, in order.
#[cfg(test)]
pub(super) fn examples(page: &str) -> Vec<Example> {
    let mut examples = Vec::new();
    let mut open: Option<Example> = None;
    for line in page.lines() {
        match (&mut open, line.trim_end()) {
            (None, "```nix bad") => open = Some(Example { kind: Kind::Bad, text: String::new() }),
            (None, "```nix good") => open = Some(Example { kind: Kind::Good, text: String::new() }),
            (None, "```nix fixed") => open = Some(Example { kind: Kind::Fixed, text: String::new() }),
            (Some(_), "```") => examples.extend(open.take()),
            (Some(example), _) => {
                example.text.push_str(line);
                example.text.push('\n');
            }
            (None, _) => {}
        }
    }
    assert!(open.is_none(), "an example is not closed");
    examples
}
