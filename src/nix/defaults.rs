//! The defaults of a deployment's options are written once: what Nix is given, what the static half shows, and what
//! plan and steps read are the same values. Only a test.

use std::path::PathBuf;
use std::sync::Arc;

use crate::eval::{Evaluator, Settings};
use crate::network::{DEPLOYMENT_OPTIONS, DeploymentSettings, HookSettings, Network, Reboot, Request};
use crate::system::OverlayFiles;

const SETTINGS: &str = include_str!("expression/settings.nix");

#[test]
fn a_machine_that_says_nothing_has_the_same_settings_everywhere() {
    let mut files = OverlayFiles::alone();
    files.put("/network.nix", "{ web = { }; }");
    let files = Arc::new(files);
    let mut eval = Evaluator::new(files.clone(), Settings::default());
    let text = format!(
        "let
           lib = import <nixpkgs/lib>;
           evaluated = lib.evalModules {{ modules = [ ({DEPLOYMENT_OPTIONS}) ]; specialArgs.name = \"web\"; }};
         in {{ all = evaluated.config.deployment; settings = ({SETTINGS}) evaluated.config.deployment; }}"
    );
    let value = eval.eval_text("<defaults>", &text);
    let settings = eval.select(value, "settings").unwrap();
    let settings: DeploymentSettings = serde_json::from_str(&eval.to_json(settings).unwrap()).unwrap();
    let nothing = DeploymentSettings {
        target_host: Some("web".to_owned()),
        target_port: None,
        target_user: Some("root".to_owned()),
        target_env: "none".to_owned(),
        ssh_options: Vec::new(),
        privilege_escalation_command: ["sudo", "-H", "--"].map(str::to_owned).to_vec(),
        host_keys: Vec::new(),
        provision_ssh_key: false,
        tags: Vec::new(),
        always_activate: true,
        build_only: false,
        substitute_on_destination: false,
        confirm_timeout: Some(30),
        depends_on: Vec::new(),
        health_checks: Vec::new(),
        pre_deploy_checks: Vec::new(),
        reboot: Reboot::Never,
        build_on_target: false,
        hooks: HookSettings { timeout: 600, ..HookSettings::default() },
    };
    assert_eq!(settings, nothing);

    let network = Network::load(&Request::new(files, vec![PathBuf::from("/network.nix")])).unwrap();
    let all = eval.select(value, "all").unwrap();
    let mut compared = 0;
    for account in network.accounts(&network.machines[0]) {
        let ["deployment", name] = account.path.iter().map(String::as_str).collect::<Vec<_>>()[..] else {
            panic!("{:?} is set", account.path);
        };
        let shown = account.default.unwrap();
        // A set of options is shown by its name alone.
        if shown.as_set().is_some() {
            continue;
        }
        let default = eval.select(all, name).and_then(|value| eval.print_strict(value)).unwrap();
        assert_eq!(shown.written(), default, "deployment.{name}");
        compared += 1;
    }
    assert!(compared > 15, "only {compared} options have defaults");
}
