//! Recognises files that are encrypted in the repository: their content is unknown, not wrong. Decrypts nothing.

/// The program whose ciphertext the bytes are, if they are any.
pub fn ciphertext(bytes: &[u8]) -> Option<&'static str> {
    if bytes.starts_with(b"\0GITCRYPT") {
        return Some("git-crypt");
    }
    if bytes.starts_with(b"age-encryption.org/") || bytes.starts_with(b"-----BEGIN AGE ENCRYPTED FILE-----") {
        return Some("age");
    }
    if bytes.starts_with(b"-----BEGIN PGP MESSAGE-----") {
        return Some("gpg");
    }
    if bytes.starts_with(b"$ANSIBLE_VAULT;") {
        return Some("ansible-vault");
    }
    let head = &bytes[..bytes.len().min(4096)];
    // Every file is asked this, and few bytes are a bracket.
    let mut brackets = head.iter().enumerate().filter(|(_, byte)| **byte == b'[').map(|(at, _)| at);
    if brackets.any(|at| head[..at].ends_with(b"ENC") && head[at..].starts_with(b"[AES256_GCM,data:")) {
        return Some("sops");
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ciphertext_is_named_and_nix_is_not() {
        assert_eq!(ciphertext(b"\0GITCRYPT\0\x12"), Some("git-crypt"));
        assert_eq!(ciphertext(b"age-encryption.org/v1\n"), Some("age"));
        assert_eq!(ciphertext(b"{\"k\": \"ENC[AES256_GCM,data:x]\"}"), Some("sops"));
        assert_eq!(ciphertext(b"{ secret = \"x\"; }"), None);
    }
}
