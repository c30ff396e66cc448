//! What secrets look like: keys and tokens that have a form of their own, and names of files that hold one. Judges no place.

use std::ops::Range;

/// A token: how it begins, what follows, how many letters of that at least, and what it is.
struct Shape {
    begins: &'static str,
    follows: fn(u8) -> bool,
    least: usize,
    is: &'static str,
}

const SHAPES: &[Shape] = &[
    Shape { begins: "AGE-SECRET-KEY-1", follows: is_upper, least: 50, is: "a private key of age" },
    Shape { begins: "ghp_", follows: is_word, least: 36, is: "a token of GitHub" },
    Shape { begins: "gho_", follows: is_word, least: 36, is: "a token of GitHub" },
    Shape { begins: "ghu_", follows: is_word, least: 36, is: "a token of GitHub" },
    Shape { begins: "ghs_", follows: is_word, least: 36, is: "a token of GitHub" },
    Shape { begins: "github_pat_", follows: is_word, least: 50, is: "a token of GitHub" },
    Shape { begins: "glpat-", follows: is_token, least: 20, is: "a token of GitLab" },
    Shape { begins: "AKIA", follows: is_upper, least: 16, is: "an access key of AWS" },
    Shape { begins: "xoxb-", follows: is_token, least: 20, is: "a token of Slack" },
    Shape { begins: "xoxp-", follows: is_token, least: 20, is: "a token of Slack" },
    Shape { begins: "sk_live_", follows: is_word, least: 20, is: "a key of Stripe" },
];

fn is_upper(it: u8) -> bool {
    it.is_ascii_uppercase() || it.is_ascii_digit()
}

fn is_word(it: u8) -> bool {
    it.is_ascii_alphanumeric() || it == b'_'
}

fn is_token(it: u8) -> bool {
    is_word(it) || it == b'-'
}

/// Keys in blocks begin with this, and the letters of the key follow a line that ends in the second.
const BLOCK: (&str, &str) = ("-----BEGIN ", "PRIVATE KEY");
/// Fewer letters than this are no key, but words about one.
const LEAST_OF_A_BLOCK: usize = 64;

/// Keys and tokens in a text, each with what it is.
pub(super) fn secrets_in(text: &str) -> Vec<(Range<usize>, &'static str)> {
    let mut found = Vec::new();
    for (start, _) in text.match_indices(BLOCK.0) {
        let line = text[start..].lines().next().unwrap_or_default();
        if !line.contains(BLOCK.1) {
            continue;
        }
        let rest = &text[start + BLOCK.0.len()..];
        let end = rest.find("-----END ").map_or(text.len(), |it| start + BLOCK.0.len() + it);
        let head = line.find(BLOCK.1).map_or(0, |it| it + BLOCK.1.len());
        let letters = text[start + head..end].bytes().filter(|it| it.is_ascii_alphanumeric()).count();
        if letters >= LEAST_OF_A_BLOCK {
            found.push((start..end, "a private key"));
        }
    }
    for shape in SHAPES {
        for (start, _) in text.match_indices(shape.begins) {
            let before = text[..start].bytes().next_back();
            let rest = text[start + shape.begins.len()..].bytes();
            let letters = rest.take_while(|it| (shape.follows)(*it)).count();
            let end = start + shape.begins.len() + letters;
            let is_example =
                text[start..end].contains("EXAMPLE") || is_filler(&text[start + shape.begins.len()..end]);
            if letters >= shape.least && !before.is_some_and(is_word) && !is_example {
                found.push((start..end, shape.is));
            }
        }
    }
    found
}

/// `xxxxxxxx` and the like.
fn is_filler(text: &str) -> bool {
    let mut letters: Vec<u8> = text.bytes().collect();
    letters.sort_unstable();
    letters.dedup();
    letters.len() < 4
}

/// Whether any secret may be in a text: a quick look before it is taken apart.
pub(super) fn may_hold_secrets(text: &str) -> bool {
    text.contains(BLOCK.0) || SHAPES.iter().any(|it| text.contains(it.begins))
}

/// Whether a string says that the value comes from elsewhere, or is none.
pub(super) fn is_stand_in(text: &str) -> bool {
    let is_variable = text.starts_with('$') && !text.starts_with("$1$") && !is_hash(text);
    !text.bytes().any(|it| it.is_ascii_alphanumeric())
        || text == "x"
        || is_variable
        || text.starts_with(['@', '/', '<', '{', '%'])
        || text.starts_with("ext:")
        || text.starts_with("file:")
}

/// Whether it is a password as `/etc/shadow` has it.
pub(super) fn is_hash(text: &str) -> bool {
    const KINDS: [&str; 10] =
        ["$1$", "$2a$", "$2b$", "$2y$", "$5$", "$6$", "$7$", "$y$", "$gy$", "$argon2id$"];
    KINDS.iter().any(|it| text.starts_with(it))
}

/// Whether a file of this path is named like one that holds a secret in the clear.
pub(super) fn is_secret_file(path: &str) -> bool {
    const WORDS: [&str; 9] = [
        "secret",
        "password",
        "passwd",
        "passphrase",
        "private",
        "token",
        "id_rsa",
        "id_ed25519",
        "id_ecdsa",
    ];
    const OTHERS: [&str; 7] = ["pub", "example", "sample", "template", "cert", ".crt", "known_hosts"];
    /// Code, and files that are encrypted.
    const ENDINGS: [&str; 15] = [
        ".nix", ".sh", ".py", ".lua", ".el", ".md", ".js", ".css", ".age", ".gpg", ".asc", ".enc", ".sops",
        ".patch", ".service",
    ];
    let lower = path.to_ascii_lowercase();
    let name = lower.rsplit('/').next().unwrap_or_default();
    let folders = lower.split('/').rev().skip(1);
    let named =
        WORDS.iter().any(|it| name.contains(it)) || name.ends_with(".key") || name.ends_with("-key.pem");
    let in_folder = folders.clone().any(|it| it == "secrets" || it == "secret");
    (named || in_folder)
        && !OTHERS.iter().any(|it| name.contains(it))
        && !ENDINGS.iter().any(|it| name.ends_with(it))
}
