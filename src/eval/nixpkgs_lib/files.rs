//! The files of the embedded library; a test compares the list with the folder.

pub(super) const FILES: &[(&str, &str)] = &[];
