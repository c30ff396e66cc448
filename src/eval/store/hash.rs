//! Hashes as Nix reads and writes them. Hashes texts; files are read elsewhere.

use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};

use super::encodings::{
    base16, base32, base32_length, base64, base64_length, from_base16, from_base32, from_base64,
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::eval) enum Algorithm {
    Md5,
    Sha1,
    Sha256,
    Sha512,
}

impl Algorithm {
    pub(in crate::eval) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "md5" => Algorithm::Md5,
            "sha1" => Algorithm::Sha1,
            "sha256" => Algorithm::Sha256,
            "sha512" => Algorithm::Sha512,
            _ => return None,
        })
    }

    pub(in crate::eval) fn name(self) -> &'static str {
        match self {
            Algorithm::Md5 => "md5",
            Algorithm::Sha1 => "sha1",
            Algorithm::Sha256 => "sha256",
            Algorithm::Sha512 => "sha512",
        }
    }

    fn length(self) -> usize {
        match self {
            Algorithm::Md5 => 16,
            Algorithm::Sha1 => 20,
            Algorithm::Sha256 => 32,
            Algorithm::Sha512 => 64,
        }
    }

    pub(in crate::eval) fn of(self, bytes: &[u8]) -> Hash {
        let bytes = match self {
            Algorithm::Md5 => Md5::digest(bytes).to_vec(),
            Algorithm::Sha1 => Sha1::digest(bytes).to_vec(),
            Algorithm::Sha256 => Sha256::digest(bytes).to_vec(),
            Algorithm::Sha512 => Sha512::digest(bytes).to_vec(),
        };
        Hash { algorithm: self, bytes }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::eval) struct Hash {
    pub(in crate::eval) algorithm: Algorithm,
    pub(in crate::eval) bytes: Vec<u8>,
}

/// How a hash is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::eval) enum Format {
    Base16,
    Base32,
    Base64,
    /// `sha256-…`, in base 64.
    Sri,
}

impl Hash {
    pub(in crate::eval) fn base16(&self) -> String {
        base16(&self.bytes)
    }

    /// `sha256:…`.
    pub(in crate::eval) fn with_algorithm(&self) -> String {
        format!("{}:{}", self.algorithm.name(), self.base16())
    }

    pub(in crate::eval) fn written(&self, format: Format) -> String {
        match format {
            Format::Base16 => base16(&self.bytes),
            Format::Base32 => base32(&self.bytes),
            Format::Base64 => base64(&self.bytes),
            Format::Sri => format!("{}-{}", self.algorithm.name(), base64(&self.bytes)),
        }
    }

    /// Reads a hash of any form. The algorithm comes from the text, or from what is wanted; both must agree.
    pub(in crate::eval) fn parse(text: &str, wanted: Option<Algorithm>) -> Result<Self, String> {
        let (written, rest, sri) = match (text.split_once(':'), text.split_once('-')) {
            (Some((name, rest)), _) => (Some(name), rest, false),
            (None, Some((name, rest))) => (Some(name), rest, true),
            (None, None) => (None, text, false),
        };
        let algorithm = match written {
            Some(name) => {
                Some(Algorithm::named(name).ok_or_else(|| format!("unknown hash algorithm `{name}`"))?)
            }
            None => None,
        };
        let algorithm = match (algorithm, wanted) {
            (Some(found), Some(wanted)) if found != wanted => {
                return Err(format!("the hash `{text}` should be of the kind `{}`", wanted.name()));
            }
            (Some(algorithm), _) | (None, Some(algorithm)) => algorithm,
            (None, None) => return Err(format!("the hash `{text}` does not say which algorithm it is of")),
        };
        let length = algorithm.length();
        let bytes = if !sri && rest.len() == 2 * length {
            from_base16(rest)
        } else if !sri && rest.len() == base32_length(length) {
            from_base32(rest, length)
        } else if sri || rest.len() == base64_length(length) {
            from_base64(rest).filter(|bytes| bytes.len() == length)
        } else {
            let name = algorithm.name();
            return Err(format!("the hash `{rest}` has the wrong length for the algorithm `{name}`"));
        };
        match bytes {
            Some(bytes) => Ok(Hash { algorithm, bytes }),
            None => Err(format!("`{text}` is no valid hash")),
        }
    }

    /// The same, but an empty text stands for a hash of zeros, as in packages whose hash is not known yet.
    pub(in crate::eval) fn parse_or_empty(text: &str, wanted: Option<Algorithm>) -> Result<Self, String> {
        match (text, wanted) {
            ("", Some(algorithm)) => Ok(Hash { algorithm, bytes: vec![0; algorithm.length()] }),
            ("", None) => Err("an empty hash needs an algorithm".to_owned()),
            _ => Self::parse(text, wanted),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_is_read_back() {
        for algorithm in [Algorithm::Md5, Algorithm::Sha1, Algorithm::Sha256, Algorithm::Sha512] {
            let hash = algorithm.of(b"abc");
            for format in [Format::Base16, Format::Base32, Format::Base64, Format::Sri] {
                assert_eq!(Hash::parse(&hash.written(format), Some(algorithm)).unwrap(), hash);
            }
            let named = format!("{}:{}", algorithm.name(), hash.written(Format::Base32));
            assert_eq!(Hash::parse(&named, None).unwrap(), hash);
        }
    }

    #[test]
    fn wrong_hashes_are_refused() {
        assert!(Hash::parse("abc", Some(Algorithm::Sha256)).unwrap_err().contains("wrong length"));
        assert!(Hash::parse(&"0".repeat(64), None).unwrap_err().contains("which algorithm"));
        assert!(Hash::parse("sha512:00", Some(Algorithm::Sha256)).unwrap_err().contains("kind"));
        assert!(Hash::parse(&"g".repeat(64), Some(Algorithm::Sha256)).is_err());
    }
}
