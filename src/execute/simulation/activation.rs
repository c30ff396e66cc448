//! The script of activation (`steps/activation.sh`) and `switch-to-configuration`, as a machine of the simulation runs
//! them: every moment at which the real ones can be seen half done is a moment here too.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc::UnboundedSender;

use super::machine::{Guard, Machine, Mark, Switching, Volatile};
use super::scenario::Cut;
use super::site::Site;
use crate::system::Clock as _;

/// What a command says and ends with.
pub(super) type Said = (i32, String);

type Place = fn(&mut Volatile) -> &mut Option<Switching>;

const ACTIVATION: Place = |it| &mut it.activation;
const RETURN: Place = |it| &mut it.returning;

fn running(machine: &Machine, place: Place) -> bool {
    let mut volatile = machine.volatile.clone();
    machine.is_running(place(&mut volatile).as_ref())
}

fn status(machine: &mut Machine, place: Place) -> Option<i32> {
    place(&mut machine.volatile).as_ref()?.status
}

/// A verb of the script.
pub(super) async fn verb(
    site: &Arc<Site>,
    at: usize,
    words: &[String],
    lines: &UnboundedSender<String>,
) -> Said {
    let word = |index: usize| words.get(index).map_or("", String::as_str);
    match word(0) {
        "start" => start(site, at, word(1), word(2)).await,
        "guarded" => {
            let (limit, seconds) = (word(5).parse().expect("seconds"), word(6).parse().expect("seconds"));
            guarded(site, at, word(1), word(2), word(4), limit, seconds).await
        }
        "follow" => follow(site, at, word(1), word(2).parse().expect("a line"), lines).await,
        "runs" => runs(site, at, word(1)),
        "confirm" => confirm(site, at, word(1)),
        "back" => back(site, at, word(1)).await,
        "forget" => {
            site.change(at, |machine| machine.volatile.guard = None);
            (0, String::new())
        }
        other => panic!(
            "the simulation does not know `{other}` of activation.sh: add it to simulation/activation.rs"
        ),
    }
}

/// `only_one`: what ends the script, if anything.
fn only_one(machine: &mut Machine, what: &str) -> Option<Said> {
    let pending = machine.volatile.guard.as_ref();
    let pending = pending.is_some_and(|it| it.mark == Mark::Pending && machine.alive(it.process));
    if !running(machine, ACTIVATION) && !running(machine, RETURN) && !pending {
        return None;
    }
    let back = machine.volatile.guard.as_ref().is_some_and(|it| it.mark == Mark::Back);
    let same = machine.volatile.activation.as_ref().is_some_and(|it| it.what == what);
    if same && !back {
        Some((0, String::new()))
    } else {
        Some((75, "another activation is running".to_owned()))
    }
}

async fn start(site: &Arc<Site>, at: usize, program: &str, action: &str) -> Said {
    let what = format!("{program} {action}");
    if let Some(said) = site.change(at, |machine| only_one(machine, &what)) {
        return said;
    }
    site.moment(at).await;
    if action == "test" {
        site.change(at, |machine| machine.guarded = false);
    }
    launch(site, at, ACTIVATION, &what).await;
    (0, String::new())
}

async fn guarded(
    site: &Arc<Site>,
    at: usize,
    program: &str,
    action: &str,
    previous: &str,
    limit: u64,
    seconds: u64,
) -> Said {
    let going_back = site.change(at, |machine| {
        let guarded = machine.volatile.guard.as_ref().is_some_and(|it| machine.alive(it.process));
        let back = machine.volatile.guard.as_ref().is_some_and(|it| it.mark == Mark::Back);
        back && (guarded || running(machine, RETURN))
    });
    if going_back {
        return (79, "it still goes back from an earlier activation".to_owned());
    }
    let what = format!("{program} {action}");
    if let Some(said) = site.change(at, |machine| only_one(machine, &what)) {
        return said;
    }
    if !site.look(at, |machine| machine.store.contains(previous)) {
        return (78, "the earlier system is gone".to_owned());
    }
    let until = site.clock.elapsed() + Duration::from_secs(10);
    let unwatched =
        |machine: &mut Machine| machine.volatile.guard.as_ref().is_none_or(|it| !machine.alive(it.process));
    site.until(at, Some(until), unwatched).await;
    site.change(at, |machine| {
        machine.volatile = Volatile::default();
        machine.guarded = true;
    });
    site.moment(at).await;
    site.change(at, |machine| {
        machine.volatile.guard = Some(Guard { mark: Mark::Pending, process: None, deadline: false });
    });
    site.moment(at).await;
    let (inner, previous) = (site.clone(), previous.to_owned());
    site.begin(at, move |process| watch(inner, at, process, previous, limit, seconds, what));
    let until = site.clock.elapsed() + Duration::from_secs(10);
    site.until(at, Some(until), |machine| {
        machine.volatile.activation.as_ref().is_some_and(|it| it.process.is_some())
    })
    .await;
    (0, String::new())
}

/// NAME PROGRAM ACTION: begins it, detached.
async fn launch(site: &Arc<Site>, at: usize, place: Place, what: &str) {
    site.change(at, |machine| {
        *place(&mut machine.volatile) = Some(Switching { what: what.to_owned(), ..Switching::default() });
    });
    site.moment(at).await;
    let (inner, what) = (site.clone(), what.to_owned());
    site.begin(at, move |process| async move {
        inner.moment(at).await;
        inner.change(at, |machine| {
            if let Some(it) = place(&mut machine.volatile) {
                it.process = Some(process);
            }
        });
        let code = switch_to_configuration(&inner, at, process, place, &what).await;
        inner.note(at, || format!("`{what}` ends with {code}"));
        inner.change(at, |machine| {
            if machine.switch_lock == Some(process) {
                machine.switch_lock = None;
            }
            if let Some(it) = place(&mut machine.volatile) {
                it.status = Some(code);
            }
        });
    });
    let until = site.clock.elapsed() + Duration::from_secs(10);
    site.until(at, Some(until), |machine| {
        place(&mut machine.volatile).as_ref().is_some_and(|it| it.process.is_some())
    })
    .await;
}

async fn switch_to_configuration(site: &Arc<Site>, at: usize, process: u64, place: Place, what: &str) -> i32 {
    let (program, action) = what.rsplit_once(' ').expect("a program and an action");
    let system = program.trim_end_matches("/bin/switch-to-configuration").to_owned();
    let say = |text: &str| {
        site.change(at, |machine| {
            if let Some(it) = place(&mut machine.volatile) {
                it.words.push(text.to_owned());
            }
        });
    };
    let locked = site.change(at, |machine| {
        if machine.switch_lock.is_some_and(|it| machine.processes.contains_key(&it)) {
            return true;
        }
        machine.switch_lock = Some(process);
        false
    });
    if locked {
        return 11;
    }
    let mut behaviour = site.look(at, |machine| machine.behaviour(&system));
    if action == "boot" {
        site.clock.milliseconds(behaviour.milliseconds / 4 + 50).await;
        if behaviour.boot_code == 0 {
            site.change(at, |machine| {
                machine.boots.clone_from(&system);
                machine.settled |= system == machine.new;
            });
        }
        return behaviour.boot_code;
    }
    say("stopping the following units: a.service");
    site.clock.milliseconds(behaviour.milliseconds / 3).await;
    let fails = site.change(at, |machine| {
        let it = machine.behaviours.entry(system.clone()).or_default();
        let fails = it.failures > 0;
        it.failures = it.failures.saturating_sub(1);
        fails
    });
    if fails {
        behaviour.code = 2;
    }
    if matches!(behaviour.code, 1 | 100) {
        say("nothing was changed");
        return behaviour.code;
    }
    let now = site.clock.elapsed();
    site.change(at, |machine| {
        machine.activations += u64::from(system == machine.new);
        machine.running.clone_from(&system);
        machine.mixed = true;
        machine.activated_at = now;
        if machine.cut != behaviour.cut {
            machine.cut = behaviour.cut;
            machine.breaks += u64::from(behaviour.cut == Some(Cut::All));
        }
    });
    say("starting the following units: a.service");
    if behaviour.hangs {
        std::future::pending::<()>().await;
    }
    site.clock.milliseconds(behaviour.milliseconds - behaviour.milliseconds / 3).await;
    if behaviour.code == 4 {
        say("warning: the following units failed: a.service");
    }
    site.change(at, |machine| {
        machine.mixed = behaviour.code == 2;
        // A return that fails is the one reason to stay between two systems.
        machine.excused |= behaviour.code == 2 && system != machine.new;
    });
    behaviour.code
}

async fn watch(
    site: Arc<Site>,
    at: usize,
    process: u64,
    previous: String,
    limit: u64,
    seconds: u64,
    what: String,
) {
    site.change(at, |machine| {
        if let Some(guard) = &mut machine.volatile.guard {
            guard.process = Some(process);
        }
    });
    launch(&site, at, ACTIVATION, &what).await;
    let seconds_of = |count: u64| Duration::from_secs(site.clock.elapsed().as_secs() + count);
    let called = |machine: &mut Machine| machine.volatile.guard.as_ref().is_some_and(|it| it.deadline);
    let last = seconds_of(limit);
    site.until(at, Some(last), |machine| !running(machine, ACTIVATION) || called(machine)).await;
    site.tenth(at).await;
    let well = site.change(at, |machine| status(machine, ACTIVATION) == Some(0) && !called(machine));
    if well {
        let last = seconds_of(seconds);
        let pending =
            |machine: &Machine| machine.volatile.guard.as_ref().is_some_and(|it| it.mark == Mark::Pending);
        site.until(at, Some(last), |machine| !pending(machine) || called(machine)).await;
        site.tenth(at).await;
    }
    if take_back(&site, at) {
        site.note(at, || "goes back by itself".to_owned());
        go_back(&site, at, &previous).await;
    }
}

/// The rename that decides: true for the one who made it.
fn take_back(site: &Arc<Site>, at: usize) -> bool {
    site.change(at, |machine| match &mut machine.volatile.guard {
        Some(guard) if guard.mark == Mark::Pending => {
            guard.mark = Mark::Back;
            true
        }
        _ => false,
    })
}

async fn go_back(site: &Arc<Site>, at: usize, previous: &str) {
    end(site, at, ACTIVATION).await;
    for _ in 0..3 {
        launch(site, at, RETURN, &format!("{previous}/bin/switch-to-configuration test")).await;
        site.until(at, None, |machine| !running(machine, RETURN)).await;
        site.tenth(at).await;
        if matches!(site.change(at, |machine| status(machine, RETURN)), Some(0 | 4)) {
            return;
        }
        site.clock.milliseconds(1000).await;
    }
}

async fn end(site: &Arc<Site>, at: usize, place: Place) {
    site.change(at, |machine| {
        let process = place(&mut machine.volatile).as_ref().and_then(|it| it.process);
        if let (true, Some(process)) = (running(machine, place), process) {
            machine.kill(process);
        }
    });
    site.moment(at).await;
}

async fn follow(
    site: &Arc<Site>,
    at: usize,
    name: &str,
    from: usize,
    lines: &UnboundedSender<String>,
) -> Said {
    let place = if name == "return" { RETURN } else { ACTIVATION };
    let mut line = from;
    loop {
        let (said, status, gone) = site.change(at, |machine| {
            let gone = !running(machine, place);
            match place(&mut machine.volatile) {
                Some(it) => (it.words.get(line..).unwrap_or_default().to_vec(), it.status, gone),
                None => (Vec::new(), Some(76), true),
            }
        });
        line += said.len();
        for text in said {
            // Nobody listening any more is no reason to stop.
            let _ = lines.send(text);
        }
        match status {
            Some(code) => return (code, String::new()),
            None if gone => return (76, String::new()),
            None => {}
        }
        site.until(at, None, |machine| {
            !running(machine, place)
                || place(&mut machine.volatile).as_ref().is_none_or(|it| it.words.len() > line)
        })
        .await;
        site.tenth(at).await;
    }
}

fn runs(site: &Arc<Site>, at: usize, system: &str) -> Said {
    let well = site.look(at, |machine| {
        let what = format!("{system}/bin/switch-to-configuration test");
        let ended = |it: &Switching| it.what != what || it.status == Some(0);
        machine.running == system && machine.volatile.activation.as_ref().is_none_or(ended)
    });
    (i32::from(!well), String::new())
}

fn confirm(site: &Arc<Site>, at: usize, system: &str) -> Said {
    site.change(at, |machine| {
        let found = machine.running.clone();
        let right = found == system;
        machine.tested |= right;
        match &mut machine.volatile.guard {
            Some(guard) if guard.mark == Mark::Back => return (3, found),
            Some(guard) if guard.mark == Mark::Pending && right => guard.mark = Mark::Confirmed,
            _ => {}
        }
        (0, found)
    })
}

async fn back(site: &Arc<Site>, at: usize, previous: &str) -> Said {
    let watched = site.change(at, |machine| match &machine.volatile.guard {
        Some(guard) if guard.mark == Mark::Pending && machine.alive(guard.process) => {
            machine.volatile.guard.as_mut().expect("it is there").deadline = true;
            true
        }
        _ => false,
    });
    let ten = || Some(site.clock.elapsed() + Duration::from_secs(10));
    let is_back =
        |machine: &mut Machine| machine.volatile.guard.as_ref().is_some_and(|it| it.mark == Mark::Back);
    if watched {
        site.until(at, ten(), is_back).await;
    }
    // Until it runs, and between its tries, nobody else begins one.
    while site.change(at, is_back) {
        let (there, guarded) = site.change(at, |machine| {
            let there = running(machine, RETURN) || matches!(status(machine, RETURN), Some(0 | 4));
            (there, machine.volatile.guard.as_ref().is_some_and(|it| machine.alive(it.process)))
        });
        if there {
            return (0, String::new());
        }
        if !guarded {
            break;
        }
        site.clock.milliseconds(50).await;
    }
    take_back(site, at);
    end(site, at, ACTIVATION).await;
    launch(site, at, RETURN, &format!("{previous}/bin/switch-to-configuration test")).await;
    (0, String::new())
}
