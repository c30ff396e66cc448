//! The language server: what it says is what `check` says, after every edit and for half a text; a session over real pipes;
//! and Neovim as its client.

#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "the tests look at the real world, which they share with no user, and end where it is not as it must be"
)]

mod equal;
mod half_typed;
mod neovim;
mod networks;
mod session;
mod transcript;
