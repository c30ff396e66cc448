//! What the characters of a string literal mean: escapes, and the indentation that `''…''` loses.
//!
//! Works on any damaged string. rnix has such code too, but it panics on strings that are not well formed.

/// A piece of an indented string: text as written, or an interpolation.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Piece<T> {
    Text(String),
    Hole(T),
}

/// The text that a piece of a `"…"` string stands for.
pub(super) fn unescape(raw: &str) -> String {
    let mut out = String::with_capacity(raw.len());
    let mut chars = raw.chars().peekable();
    while let Some(char) = chars.next() {
        match char {
            '\\' => match chars.next() {
                Some('n') => out.push('\n'),
                Some('r') => out.push('\r'),
                Some('t') => out.push('\t'),
                Some(other) => out.push(other),
                None => {}
            },
            // Line ends of any kind become newlines, as in Nix.
            '\r' => {
                out.push('\n');
                if chars.peek() == Some(&'\n') {
                    chars.next();
                }
            }
            other => out.push(other),
        }
    }
    out
}

/// What Nix's lexer makes of an indented string: text as written, text out of an escape, interpolations.
enum Lexeme<T> {
    Plain(String),
    Escaped(String),
    Hole(T),
}

fn lexemes<T>(raw: &str, out: &mut Vec<Lexeme<T>>) {
    let mut plain = String::new();
    let mut rest = raw;
    while !rest.is_empty() {
        let (escaped, after) = if let Some(after) = rest.strip_prefix("''$") {
            ("$".to_owned(), after)
        } else if let Some(after) = rest.strip_prefix("'''") {
            ("''".to_owned(), after)
        } else if let Some(after) = rest.strip_prefix("''\\") {
            let length = after.chars().next().map_or(0, char::len_utf8);
            (unescape(&rest[2..3 + length]), &after[length..])
        } else {
            let length = rest.chars().next().map_or(0, char::len_utf8);
            plain.push_str(&rest[..length]);
            rest = &rest[length..];
            continue;
        };
        if !plain.is_empty() {
            out.push(Lexeme::Plain(std::mem::take(&mut plain)));
        }
        out.push(Lexeme::Escaped(escaped));
        rest = after;
    }
    if !plain.is_empty() {
        out.push(Lexeme::Plain(plain));
    }
}

/// Strips the common indentation, as Nix does: the smallest run of spaces that begins a line with something on it,
/// an empty first line goes, and the white space of the last line goes.
pub(super) fn strip_indentation<T>(raw: Vec<Piece<T>>) -> Vec<Piece<T>> {
    let mut all = Vec::new();
    for (number, piece) in raw.into_iter().enumerate() {
        match piece {
            Piece::Text(text) if number == 0 => lexemes(without_first_line(&text), &mut all),
            Piece::Text(text) => lexemes(&text, &mut all),
            Piece::Hole(hole) => all.push(Lexeme::Hole(hole)),
        }
    }
    let least = least_indentation(&all);
    let last = all.len().saturating_sub(1);
    let mut out: Vec<Piece<T>> = Vec::with_capacity(all.len());
    let (mut at_line_start, mut dropped) = (true, 0);
    for (number, lexeme) in all.into_iter().enumerate() {
        let raw = match lexeme {
            Lexeme::Hole(hole) => {
                at_line_start = false;
                dropped = 0;
                out.push(Piece::Hole(hole));
                continue;
            }
            Lexeme::Plain(text) | Lexeme::Escaped(text) => text,
        };
        let mut text = String::with_capacity(raw.len());
        for char in raw.chars() {
            if at_line_start && char == ' ' {
                dropped += 1;
                if dropped > least {
                    text.push(char);
                }
                continue;
            }
            if at_line_start {
                dropped = 0;
            }
            at_line_start = char == '\n';
            text.push(char);
        }
        // The spaces before the closing quotes belong to the layout.
        if number == last
            && let Some(newline) = text.rfind('\n')
            && text[newline + 1..].bytes().all(|byte| byte == b' ')
        {
            text.truncate(newline + 1);
        }
        match out.last_mut() {
            Some(Piece::Text(before)) => before.push_str(&text),
            _ if text.is_empty() => {}
            _ => out.push(Piece::Text(text)),
        }
    }
    out
}

/// A first line of nothing but spaces belongs to the opening quotes.
fn without_first_line(text: &str) -> &str {
    text.trim_start_matches(' ').strip_prefix('\n').unwrap_or(text)
}

fn least_indentation<T>(lexemes: &[Lexeme<T>]) -> usize {
    let mut least = usize::MAX;
    let (mut at_line_start, mut current) = (true, 0_usize);
    for lexeme in lexemes {
        let Lexeme::Plain(text) = lexeme else {
            if at_line_start {
                at_line_start = false;
                least = least.min(current);
            }
            continue;
        };
        for char in text.bytes() {
            match char {
                b'\n' => {
                    at_line_start = true;
                    current = 0;
                }
                b' ' if at_line_start => current += 1,
                _ if at_line_start => {
                    at_line_start = false;
                    least = least.min(current);
                }
                _ => {}
            }
        }
    }
    least
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strip(raw: &str) -> String {
        let pieces = strip_indentation(vec![Piece::<()>::Text(raw.to_owned())]);
        pieces
            .into_iter()
            .map(|piece| if let Piece::Text(text) = piece { text } else { String::new() })
            .collect()
    }

    #[test]
    fn common_indentation_goes() {
        assert_eq!(strip("\n    a\n      b\n  "), "a\n  b\n");
        assert_eq!(strip("\n  a\n\n  b"), "a\n\nb");
        assert_eq!(strip("  a"), "a");
        assert_eq!(strip("\n  a''\\n   x"), "a\n x");
        assert_eq!(strip("''${a} '''"), "${a} ''");
    }

    #[test]
    fn escapes() {
        assert_eq!(unescape("a\\n\\\"\\${x}\r\nb"), "a\n\"${x}\nb");
    }
}
