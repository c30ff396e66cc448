//! The same walk with a newer nix, and between versions.

use crate::deployer::Deployer;
use crate::support::sandbox::{Nix, Sandbox};
use crate::tutorial::walk;

#[test]
fn the_tutorial_with_nix_2_26() {
    let Some(deployer) = Deployer::with_nix(Nix::V2_26, &["target"]) else { return };
    let version = deployer.sandbox.deployer(&["nix", "--version"]).ok();
    assert!(version.ends_with(" 2.26.3"), "{version}");
    walk(&deployer);
}

#[test]
fn a_newer_deployer_and_an_older_machine() {
    let wanted = Sandbox::wanted().nix(Nix::V2_26).nix_of_machines(Nix::default());
    let Some(sandbox) = wanted.start(&["target"]) else { return };
    walk(&Deployer { sandbox });
}
