//! Comments that allow a finding: `# nixwright: allow(id, id) — reason`. Decides nothing about findings.

/// What one comment allows, and where. It speaks for its own line, and for the next one if it stands alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Allow {
    pub ids: Vec<String>,
    /// Why; empty where the author did not say.
    pub reason: String,
    /// Byte range of the comment.
    pub at: (u32, u32),
    /// Whether nothing but white space stands before it on its line.
    pub alone: bool,
}

pub(super) fn allow(text: &str, at: (u32, u32)) -> Option<Allow> {
    let (start, end) = (at.0 as usize, at.1 as usize);
    let comment = text.get(start..end)?;
    let comment = comment.trim_start_matches(['#', '/', '*', ' ', '\t']);
    let rest = comment.strip_prefix("nixwright:")?.trim_start().strip_prefix("allow")?;
    let (ids, reason) = rest.trim_start().strip_prefix('(')?.split_once(')')?;
    let ids = ids.split(',').map(|id| id.trim().to_owned()).filter(|id| !id.is_empty()).collect();
    let reason = reason
        .trim_end_matches(['/', '*'])
        .trim_matches(|it: char| it.is_whitespace() || "—-:–".contains(it));
    let line = text[..start].rfind('\n').map_or(0, |at| at + 1);
    Some(Allow { ids, reason: reason.to_owned(), at, alone: text[line..start].trim().is_empty() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_and_reason_are_read() {
        let text = "x = 1; # nixwright: allow(a-b, c) — because";
        let found = allow(text, (7, text.len() as u32)).unwrap();
        assert_eq!((found.ids.len(), found.reason.as_str(), found.alone), (2, "because", false));
        assert_eq!(allow("# nothing", (0, 9)), None);
    }
}
