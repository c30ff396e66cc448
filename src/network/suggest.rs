//! "Did you mean": the nearest of the names there are.

/// A help sentence that offers the nearest name, where one is near enough to be a slip of the fingers.
pub fn did_you_mean<'a>(written: &str, names: impl IntoIterator<Item = &'a str>) -> Option<String> {
    nearest(written, names).map(|name| format!("did you mean `{name}`?"))
}

/// The nearest name, where it is near: one slip in short names, more in long ones, and never the name itself.
pub fn nearest<'a>(written: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let allowed = match written.chars().count() {
        0..=1 => return None,
        2..=4 => 1,
        5..=8 => 2,
        _ => 3,
    };
    names
        .into_iter()
        .filter(|name| *name != written)
        // Cheap, and rules out nearly all names of a large network before their letters are compared.
        .filter(|name| {
            name.len().abs_diff(written.len()) <= 4 * allowed
                && (letters(name) ^ letters(written)).count_ones() as usize <= 2 * allowed
                || name.eq_ignore_ascii_case(written)
        })
        .map(|name| {
            // Letters in the wrong case are nearer than any wrong letter.
            let same = name.eq_ignore_ascii_case(written);
            (if same { 0 } else { strsim::osa_distance(written, name) }, name)
        })
        .filter(|(distance, name)| *distance <= allowed && *distance < name.chars().count())
        .min()
        .map(|(_, name)| name)
}

/// The letters of a name as a set of bits. One slip takes at most one letter away and adds at most one.
fn letters(name: &str) -> u64 {
    name.chars().fold(0, |set, it| set | 1 << (u32::from(it) % 64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_found_and_other_words_are_not() {
        assert_eq!(nearest("tagretHost", ["targetHost", "targetPort"]), Some("targetHost"));
        assert_eq!(nearest("targethost", ["targetHost", "targetPort"]), Some("targetHost"));
        assert_eq!(nearest("ab", ["ac", "xy"]), Some("ac"));
        assert_eq!(nearest("web", ["db", "mail"]), None);
        assert_eq!(nearest("keys", ["keys"]), None);
    }
}
