//! What people and programs get to see. The only room that knows miette, SARIF and tables. Decides nothing.

pub mod deployments;
pub mod generations;
pub mod run;
mod table;
