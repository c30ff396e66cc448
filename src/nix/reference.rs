//! References of flakes, as a person writes them: those that name a folder of this computer as it is now are read
//! without Nix; all others are for Nix to resolve. It looks at no disk.

use std::path::PathBuf;

/// What a reference names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FlakeReference {
    /// A folder, perhaps relative.
    Folder(PathBuf),
    /// Anything that only Nix can find, or that names another state of a folder than today's.
    Elsewhere(String),
}

/// Why a text is no reference of a flake.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReferenceError {
    #[error("the reference of a flake is empty")]
    Empty,
    #[error(
        "`{reference}` names the part `{part}` of a flake, and a network is the whole flake: leave `#{part}` out"
    )]
    Part { reference: String, part: String },
}

impl FlakeReference {
    pub fn parse(text: &str) -> Result<Self, ReferenceError> {
        if let Some((_, part)) = text.split_once('#') {
            return Err(ReferenceError::Part { reference: text.to_owned(), part: part.to_owned() });
        }
        if text.is_empty() {
            return Err(ReferenceError::Empty);
        }
        let elsewhere = || Ok(FlakeReference::Elsewhere(text.to_owned()));
        let (address, query) = text.split_once('?').unwrap_or((text, ""));
        let is_path = address.starts_with(['/', '.']);
        let folder = if is_path {
            address
        } else if let Some(path) = address.strip_prefix("git+file:").or(address.strip_prefix("path:")) {
            // `file:///net` has an empty host.
            path.strip_prefix("//").filter(|it| it.starts_with('/')).unwrap_or(path)
        } else {
            return elsewhere();
        };
        // A revision, or a hash, names one state of it.
        let inside = match query.split_once('=') {
            None if query.is_empty() => "",
            Some(("dir", folder)) if !folder.contains('&') => folder,
            _ => return elsewhere(),
        };
        if folder.is_empty() || text.contains('%') {
            return elsewhere();
        }
        Ok(FlakeReference::Folder(if inside.is_empty() {
            folder.into()
        } else {
            PathBuf::from(folder).join(inside)
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_told_from_what_nix_must_find() {
        let parse = |text| FlakeReference::parse(text).unwrap();
        for (text, folder) in [
            (".", "."),
            ("./fleet", "./fleet"),
            ("/net", "/net"),
            ("path:/net", "/net"),
            ("path:./net", "./net"),
            ("git+file:///net", "/net"),
            ("git+file:/net?dir=fleet", "/net/fleet"),
            ("path:///net?dir=a/b", "/net/a/b"),
        ] {
            assert_eq!(parse(text), FlakeReference::Folder(folder.into()), "{text}");
        }
        for text in ["github:me/fleet", "fleet", "git+file:///net?ref=main", "git+ssh://h/net", "path:/a%20b"]
        {
            assert_eq!(parse(text), FlakeReference::Elsewhere(text.to_owned()));
        }
    }

    #[test]
    fn a_part_of_a_flake_is_refused() {
        let error = FlakeReference::parse("./fleet#web").unwrap_err().to_string();
        assert!(error.contains("the part `web`") && error.contains("leave `#web` out"), "{error}");
        assert_eq!(FlakeReference::parse(""), Err(ReferenceError::Empty));
    }
}
