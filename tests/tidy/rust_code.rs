//! Rust text with everything that is no code blanked out, so that rules can look for words without parsing.
//!
//! Knows comments, strings, raw strings, characters and lifetimes; nothing of the grammar beyond that.

/// The code of a file: as long as the text, with the same lines; comments, strings and characters are blanks.
pub(crate) fn code_of(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut code = bytes.to_vec();
    let mut at = 0;
    while at < bytes.len() {
        let end = match bytes[at] {
            b'/' if bytes.get(at + 1) == Some(&b'/') => find(bytes, at, b"\n"),
            b'/' if bytes.get(at + 1) == Some(&b'*') => end_of_comment(bytes, at),
            b'"' => end_of_string(bytes, at),
            b'r' | b'b' | b'c' if !word_before(bytes, at) => match end_of_raw_string(bytes, at) {
                Some(end) => end,
                None => {
                    at += 1;
                    continue;
                }
            },
            b'\'' => end_of_character(bytes, at),
            _ => {
                at += 1;
                continue;
            }
        };
        for byte in &mut code[at..end] {
            if *byte != b'\n' {
                *byte = b' ';
            }
        }
        at = end;
    }
    // Only whole characters were blanked, so this is still text.
    String::from_utf8_lossy(&code).into_owned()
}

/// Where `word` stands by itself, as byte offsets.
pub(crate) fn words<'a>(code: &'a str, word: &'a str) -> impl Iterator<Item = usize> + 'a {
    let inside = |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
    code.match_indices(word).map(|(at, _)| at).filter(move |at| {
        let bytes = code.as_bytes();
        !inside(at.checked_sub(1).and_then(|before| bytes.get(before))) && !inside(bytes.get(at + word.len()))
    })
}

/// The line of an offset, counted from 1.
pub(crate) fn line_at(text: &str, at: usize) -> usize {
    text.as_bytes()[..at].iter().filter(|byte| **byte == b'\n').count() + 1
}

/// The lines (counted from 1) of inline test modules: from `#[cfg(test)]` to the end of the `mod … {` below it.
pub(crate) fn test_lines(code: &str) -> Vec<std::ops::RangeInclusive<usize>> {
    let lines: Vec<&str> = code.lines().collect();
    let mut ranges = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        let opens = lines.get(index + 1).is_some_and(|next| next.trim_end().ends_with('{'));
        if line.trim() == "#[cfg(test)]" && opens {
            let indent = line.len() - line.trim_start().len();
            let closing = format!("{}}}", " ".repeat(indent));
            let rest = &lines[index + 1..];
            let length = rest.iter().position(|line| line.trim_end() == closing).unwrap_or(rest.len());
            ranges.push(index + 1..=index + 2 + length);
        }
    }
    ranges
}

fn find(bytes: &[u8], from: usize, what: &[u8]) -> usize {
    let rest = &bytes[from..];
    rest.windows(what.len()).position(|window| window == what).map_or(bytes.len(), |at| from + at)
}

fn end_of_comment(bytes: &[u8], start: usize) -> usize {
    let (mut at, mut depth) = (start, 0);
    while at < bytes.len() {
        match &bytes[at..(at + 2).min(bytes.len())] {
            b"/*" => (depth, at) = (depth + 1, at + 2),
            b"*/" => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            return at;
        }
    }
    bytes.len()
}

fn end_of_string(bytes: &[u8], quote: usize) -> usize {
    let mut at = quote + 1;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    bytes.len()
}

/// The end of `r"…"`, `br#"…"#` and the like, if one begins here.
fn end_of_raw_string(bytes: &[u8], start: usize) -> Option<usize> {
    let after = bytes[start..].iter().take_while(|byte| matches!(byte, b'r' | b'b' | b'c')).count();
    let prefix = &bytes[start..start + after];
    if !prefix.contains(&b'r') || prefix.len() > 2 {
        return None;
    }
    let hashes = bytes[start + after..].iter().take_while(|byte| **byte == b'#').count();
    let quote = start + after + hashes;
    if bytes.get(quote) != Some(&b'"') {
        return None;
    }
    let closing = [&b"\""[..], &b"#".repeat(hashes)].concat();
    Some((find(bytes, quote + 1, &closing) + closing.len()).min(bytes.len()))
}

/// The end of a character; for a lifetime only its quote, which harms nothing.
fn end_of_character(bytes: &[u8], quote: usize) -> usize {
    if bytes.get(quote + 1) == Some(&b'\\') {
        return (find(bytes, quote + 3, b"'") + 1).min(bytes.len());
    }
    let length = match bytes.get(quote + 1) {
        Some(0xf0..) => 4,
        Some(0xe0..) => 3,
        Some(0xc0..) => 2,
        _ => 1,
    };
    if bytes.get(quote + 1 + length) == Some(&b'\'') { quote + 2 + length } else { quote + 1 }
}

fn word_before(bytes: &[u8], at: usize) -> bool {
    at > 0 && (bytes[at - 1].is_ascii_alphanumeric() || bytes[at - 1] == b'_')
}
