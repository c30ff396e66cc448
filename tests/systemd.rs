//! A machine with a real systemd: activations are units of their own, services are systemd's.

use crate::deployer::Deployer;
use crate::support::sandbox::{Init, Sandbox};

#[test]
fn a_systemd_machine_is_deployed_changed_and_brought_back_when_a_unit_fails() {
    let Some(sandbox) = Sandbox::wanted().init(Init::Systemd).start(&["web"]) else { return };
    let deployer = Deployer { sandbox };
    let network = |more: &str| {
        format!(
            "{{ web = {{ ... }}: {{ services.nginx.enable = true; networking.firewall.allowedTCPPorts = [ 22 80 ]; {more} }}; }}"
        )
    };
    deployer.write("network.nix", &network(""));
    let _ = deployer.create(&["network.nix"]);
    let _ = deployer.deploy(&[]).expect_code(0);
    let system = deployer.running("web");
    assert_eq!(deployer.on("web", &["systemctl", "is-active", "nginx"]).ok(), "active");

    let broken = "systemd.services.broken = { wantedBy = [ \"multi-user.target\" ]; serviceConfig.Type = \"oneshot\"; \
                  script = \"exit 3\"; };";
    deployer.write("network.nix", &network(broken));
    let _ = deployer.deploy(&[]).expect_code(7).expect_said("broken.service");
    assert_eq!(deployer.running("web"), system);
    assert_eq!(deployer.booting("web").0, system);

    deployer.write("network.nix", &network(crate::failures::SLOW));
    let _ = crate::failures::cut_in_the_middle(&deployer).expect_code(0);
    assert_eq!(deployer.booting("web").0, deployer.running("web"));

    deployer.write("network.nix", &network("environment.etc.x.text = \"x\";"));
    let _ = deployer.deploy(&[]).expect_code(0);
    deployer.sandbox.reboot("web");
    assert_eq!(deployer.on("web", &["cat", "/etc/x"]).ok(), "x");
}
