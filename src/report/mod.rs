//! What people and programs get to see. The only room that knows miette, SARIF and tables. Decides nothing.

pub mod arguments;
pub mod deployments;
pub mod diff;
pub mod findings;
pub mod generations;
pub mod network;
pub mod numbers;
pub mod pages;
pub mod run;
pub(crate) mod screen;
mod table;
pub mod unknown;
pub mod value;
