//! A text that must not be shown: neither `Debug` nor `Display` nor serde gives it away.

use std::fmt;

/// A private key or a password, as text. What becomes of it at rest is the business of whoever keeps it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself. Every call is a place to look at when asking where keys go.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Secret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_output_keeps_the_secret() {
        let shown = format!("{:?}", Some(Secret::new("-----BEGIN OPENSSH PRIVATE KEY-----")));
        assert_eq!(shown, "Some(Secret(…))");
    }
}
