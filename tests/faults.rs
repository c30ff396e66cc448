//! What the world does in the middle of a run: links, disks, clocks and machines that go while something is on its way.
//! Every machine ends on its old or its new system, and a later deploy is not hindered by what was left.

use std::path::Path;

use nixwright::state::State;
use nixwright::system::System;

use crate::deployer::Deployer;
use crate::failures::{deployed_then, is_on, wait_for};
use crate::support::sandbox::Fault;

/// A system with several megabytes that no other one has, made anew for each name.
fn large(name: &str) -> String {
    let part = |at: u32| {
        format!(
            "environment.etc.\"{name}-{at}\".source = pkgs.runCommand \"{name}-{at}\" {{ }} \"head -c 3000000 /dev/urandom > $out\";"
        )
    };
    (0..4).map(part).collect()
}

/// Begins a deploy over a slow link and returns when the first large path is on its way.
fn while_copying(deployer: &Deployer, happens: impl FnOnce()) -> crate::support::run::Run {
    deployer.sandbox.fault("web", Fault::Slow("8mbit"));
    let run = deployer.command(&["deploy", "-d", "demo"]).start();
    wait_for(&run, "copying closure...");
    let arrives = ["sh", "-c", "until ls /nix/store | grep -q -- '-large-'; do sleep 0.05; done"];
    let _ = deployer.sandbox.console("web", &arrives).ok();
    happens();
    run.wait()
}

#[test]
fn a_link_that_goes_down_during_a_copy_is_noticed_and_the_copy_goes_on_later() {
    let Some((deployer, system)) = deployed_then(&large("large")) else { return };
    let run = while_copying(&deployer, || deployer.sandbox.fault("web", Fault::LinkDown)).expect_code(5);
    let run = run.expect_said("web");
    assert!(!run.stderr.contains("activating"), "{}", run.report());
    deployer.sandbox.fault("web", Fault::LinkUp);
    deployer.sandbox.fault("web", Fault::Fast);
    is_on(&deployer, &system);
    let _ = deployer.deploy(&[]).expect_code(0);
    assert_eq!(deployer.booting("web").0, deployer.running("web"));
}

#[test]
fn an_ssh_server_that_dies_during_a_copy_ends_it() {
    let Some((deployer, system)) = deployed_then(&large("large")) else { return };
    let _ = while_copying(&deployer, || deployer.sandbox.fault("web", Fault::KillSshd)).expect_code(5);
    deployer.sandbox.fault("web", Fault::Fast);
    deployer.sandbox.await_answer("web");
    is_on(&deployer, &system);
    let _ = deployer.deploy(&[]).expect_code(0);
    assert_ne!(deployer.running("web"), system);
}

#[test]
fn a_disk_that_fills_up_is_named_and_a_later_deploy_goes_on() {
    let Some((deployer, system)) = deployed_then(&large("large")) else { return };
    let full = || deployer.sandbox.fault("web", Fault::DiskFull("1m"));
    let _ = while_copying(&deployer, full).expect_code(5).expect_said("is the disk of `web` full?");
    deployer.sandbox.fault("web", Fault::Fast);
    deployer.sandbox.fault("web", Fault::DiskFree);
    is_on(&deployer, &system);
    let _ = deployer.deploy(&[]).expect_code(0);
    assert_ne!(deployer.running("web"), system);
}

/// What lets a new system's ssh server listen elsewhere, as a changed configuration of it does, and what restores it.
fn listening(address: &str) -> String {
    format!(
        "system.activationScripts.listen = \"[ -s /run/sshd.pid ] || exit 0; sed -i 's/^ListenAddress.*/ListenAddress {address}/' /sandbox/sshd_config; kill -HUP $(cat /run/sshd.pid)\";"
    )
}

#[test]
fn an_ssh_server_that_listens_elsewhere_after_the_activation_is_left_again() {
    let Some(deployer) = Deployer::with(&["web"]) else { return };
    let network = |address: &str| format!("{{ web = {{ ... }}: {{ {} }}; }}", listening(address));
    deployer.write("network.nix", &network("0.0.0.0"));
    let _ = deployer.create(&["network.nix"]);
    let _ = deployer.deploy(&[]).expect_code(0);
    let system = deployer.running("web");
    deployer.write("network.nix", &network("127.0.0.1"));
    let run = deployer.deploy(&["--confirm-timeout", "4"]).expect_code(7);
    // Whoever of the two gives up first says so.
    let said = ["does not answer over a new connection", "went back to its earlier system by itself"];
    assert!(said.iter().any(|it| run.stderr.contains(it)), "{}", run.report());
    is_on(&deployer, &system);
}

/// A deploy that waits, everything copied and nothing activated, until the file `go` is there.
fn gated(more: &str) -> Option<(Deployer, String)> {
    let gate = "deployment.preDeployChecks.cmd = [ { cmd = [ \"sh\" \"-c\" \"touch waiting; [ -e go ]\" ]; period = 1; \
                timeout = 60; description = \"the gate\"; } ];";
    deployed_then(&format!("{gate} environment.etc.new.text = \"new\"; {more}"))
}

fn once_copied(deployer: &Deployer, happens: impl FnOnce()) -> crate::support::run::Run {
    let run = deployer.command(&["deploy", "-d", "demo"]).start();
    while !deployer.sandbox.home().join("waiting").exists() {
        std::thread::yield_now();
    }
    happens();
    deployer.write("go", "");
    run.wait()
}

#[test]
fn a_machine_that_dies_between_copy_and_activation_boots_what_it_ran() {
    let Some((deployer, system)) = gated("") else { return };
    let off = || deployer.sandbox.fault("web", Fault::Off);
    let run = once_copied(&deployer, off);
    assert_ne!(run.code(), 0, "{}", run.report());
    let _ = run.expect_said("web");
    deployer.sandbox.fault("web", Fault::On);
    is_on(&deployer, &system);
    let _ = deployer.deploy(&[]).expect_code(0);
    assert_eq!(deployer.on("web", &["cat", "/etc/new"]).ok(), "new");
}

#[test]
fn a_machine_whose_earlier_system_is_gone_is_not_touched() {
    let Some((deployer, system)) = gated("") else { return };
    let gone = || {
        let _ =
            deployer.sandbox.console("web", &["rm", &format!("{system}/bin/switch-to-configuration")]).ok();
    };
    let run = once_copied(&deployer, gone);
    assert_ne!(run.code(), 0, "{}", run.report());
    let _ = run.expect_said("nothing was activated: the earlier system");
    assert_eq!(deployer.running("web"), system);

    // Said beforehand the next time; and without a way back it can be left.
    let run = deployer.deploy(&["--yes"]).expect_code(0);
    let _ = run.expect_said("it runs no earlier system to go back to");
    assert_ne!(deployer.running("web"), system);
}

#[test]
fn clocks_that_jump_change_nothing() {
    let Some((deployer, system)) = deployed_then(crate::failures::SLOW) else { return };
    let libraries =
        ["x86_64", "aarch64"].map(|it| format!("/usr/lib/{it}-linux-gnu/faketime/libfaketime.so.1"));
    let Some(library) = libraries.iter().find(|it| Path::new(it).exists()) else {
        return crate::support::sandbox::skip("libfaketime is not here");
    };
    let clock = deployer.sandbox.home().join("clock");
    deployer.write("clock", "+0\n");
    let run = deployer
        .command(&["deploy", "-d", "demo", "--confirm-timeout", "20"])
        .env("LD_PRELOAD", library)
        .env("FAKETIME_TIMESTAMP_FILE", &clock)
        .env("FAKETIME_NO_CACHE", "1")
        .env("FAKETIME_DONT_FAKE_MONOTONIC", "1")
        .start();
    wait_for(&run, "activating the configuration...");
    for jump in ["+30h\n", "-30h\n"] {
        deployer.write("clock", jump);
        let _ = deployer.sandbox.console("web", &["sleep", "1"]).ok();
    }
    let _ = deployer.sandbox.console("web", &["touch", "/tmp/go"]).ok();
    let _ = run.wait().expect_code(0);
    assert_ne!(deployer.running("web"), system);
    assert_eq!(deployer.booting("web").0, deployer.running("web"));
    // It did jump: the run ended more than a day before it began.
    let state = deployer.state().display().to_string();
    let runtime = tokio::runtime::Runtime::new().expect("a runtime can be made");
    let run = runtime.block_on(async {
        let state = State::open(&System::os(), Some(&state)).await.expect("the state is there");
        let runs = state.runs(None).await.expect("the state can be read");
        runs.into_iter().find(|run| run.ended.is_some_and(|ended| ended < run.started))
    });
    assert!(run.is_some());
}

/// Both ways, every byte is late.
const LATE: &str = r#"#!/usr/bin/perl
use strict; use IO::Socket::INET; use IO::Select; use Time::HiRes qw(time);
my ($host, $port, $late) = @ARGV;
my $far = IO::Socket::INET->new(PeerAddr => $host, PeerPort => $port) or exit 1;
my %to = (fileno(STDIN) => $far, fileno($far) => \*STDOUT);
my $reading = IO::Select->new(\*STDIN, $far);
my @queue;
while ($reading->count or @queue) {
  my $wait = @queue ? $queue[0][0] - time : undef;
  $wait = 0 if defined $wait and $wait < 0;
  for my $from ($reading->can_read($wait)) {
    my $bytes = sysread($from, my $text, 65536);
    push @queue, [time + $late, $to{fileno $from}, $bytes ? $text : undef];
    $reading->remove($from) unless $bytes;
  }
  while (@queue and $queue[0][0] <= time) {
    my (undef, $out, $text) = @{shift @queue};
    if (!defined $text) { exit 0 if $out != $far; shutdown($far, 1); next }
    while (length $text) { my $n = syswrite($out, $text); exit 1 unless $n; substr($text, 0, $n, ''); }
  }
}
"#;

#[test]
fn a_late_and_narrow_link_only_takes_longer() {
    let Some((deployer, system)) = deployed_then("environment.etc.new.text = \"new\";") else { return };
    deployer.write("late", LATE);
    let home = deployer.sandbox.home();
    let config = format!(
        "Host web\n  ProxyCommand perl {}/late {} %p 0.15\n",
        home.display(),
        deployer.sandbox.address("web")
    );
    std::fs::write(home.join(".ssh/config"), config).expect("the deployer's home can be written");
    deployer.sandbox.fault("web", Fault::Slow("1mbit"));
    let _ = deployer.deploy(&[]).expect_code(0);
    assert_ne!(deployer.running("web"), system);
    assert_eq!(deployer.booting("web").0, deployer.running("web"));
}
