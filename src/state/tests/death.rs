//! Processes killed in the middle of writing: the state opens again, is whole, and holds all that was acknowledged.

use std::io::{BufRead, BufReader, Write};

use super::*;

on_both!(
    a_writer_killed_at_any_moment_loses_nothing_it_had_acknowledged,
    a_state_half_created_is_begun_again
);

/// How many times a writer is killed; each time after another number of acknowledged writes, and some time after that.
const DEATHS: usize = 200;

/// After how many deaths all is looked at again from the beginning, and not only what the last one wrote.
const ALL_AGAIN: usize = 40;

/// Writes until it is killed: a run with a journal, a machine and a generation per turn, and says what is done.
async fn write_for_ever(folder: &str) {
    let system = system_in(Path::new(folder));
    let state = State::open(&system, None).await.unwrap();
    let web = match state.find_deployment("web").await {
        Ok(web) => web.id,
        Err(StateError::DeploymentNotFound { .. }) => state.create_deployment(named("web")).await.unwrap().id,
        Err(error) => panic!("{error}"),
    };
    let say = |text: String| {
        println!("{text}");
        std::io::stdout().flush().unwrap();
    };
    say(String::new());
    loop {
        // The one before was killed while it held the lock.
        let lease = state.acquire(web, &Holder::this_process(&system), RunId::new(&system)).await.unwrap();
        state.start_run(&lease, plan()).await.unwrap();
        let entries =
            |event| (0..20).map(|step| NewEntry::new(format!("s{step}"), event)).collect::<Vec<_>>();
        for event in [Event::Started, Event::Succeeded] {
            let last = state.append(&lease, entries(event)).await.unwrap();
            say(format!("journal {} {}", lease.run(), last.last().unwrap().sequence));
        }
        let machines = BTreeMap::from([("a".to_owned(), system_of("a")), ("b".to_owned(), system_of("b"))]);
        let new = NewGeneration { machines, ..NewGeneration::default() };
        let generation = state.record_generation(&lease, new).await.unwrap();
        state.set_system(&lease, "a", "/nix/store/a", Some(generation.number)).await.unwrap();
        say(format!("generation {}", generation.number));
        state.finish_run(&lease, Outcome::Succeeded).await.unwrap();
        state.release(lease).await.unwrap();
    }
}

async fn a_writer_killed_at_any_moment_loses_nothing_it_had_acknowledged(on: Backend) {
    if let Some(folder) = role("NIXWRIGHT_TEST_FOLDER") {
        write_for_ever(&folder).await;
    }
    let Some(home) = Home::new(on) else { return };
    let system = home.system.clone();
    let mut journals: BTreeMap<RunId, usize> = BTreeMap::new();
    let mut newest = 0;
    for death in 0..DEATHS {
        let test = "death::a_writer_killed_at_any_moment_loses_nothing_it_had_acknowledged";
        let mut process = again(on, test, &home).spawn().unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let mut acknowledged = Vec::new();
        let enough = death % 8;
        while acknowledged.len() <= enough {
            let line = lines.next().expect("a writer writes until it is killed").unwrap();
            if line.starts_with("journal ") || line.starts_with("generation ") {
                acknowledged.push(line);
            }
        }
        // Another moment of its work each time.
        std::thread::sleep(Duration::from_micros(death as u64 * 773 % 5000));
        process.kill().unwrap();
        process.wait().unwrap();
        // What it said before it died but was not read yet counts as well; its last line may be cut.
        acknowledged.extend(lines.map_while(Result::ok));
        let mut fresh: BTreeMap<RunId, usize> = BTreeMap::new();
        let whole = acknowledged.len() - usize::from(acknowledged.len() > enough + 1);
        for line in &acknowledged[..whole] {
            match line.split(' ').collect::<Vec<_>>().as_slice() {
                ["journal", run, sequence] => {
                    fresh.insert(RunId(run.parse().unwrap()), sequence.parse().unwrap());
                }
                ["generation", number] => newest = number.parse().unwrap(),
                other => panic!("{other:?}"),
            }
        }
        let state = State::open(&system, None).await.unwrap();
        journals.extend(fresh.clone());
        let all = death % ALL_AGAIN == ALL_AGAIN - 1;
        whole_and_sound(&state, if all { &journals } else { &fresh }, newest).await;
        state.close().await;
    }
}

async fn whole_and_sound(state: &State, journals: &BTreeMap<RunId, usize>, newest: u64) {
    if state.database.is_file() {
        let mut transaction = state.database.read().await.unwrap();
        let rows = transaction.rows("PRAGMA integrity_check", &[]).await.unwrap();
        assert_eq!(rows[0].text("integrity_check").unwrap(), "ok");
        assert_eq!(transaction.rows("PRAGMA foreign_key_check", &[]).await.unwrap().len(), 0);
    }
    for (run, length) in journals {
        let journal = state.run(*run).await.unwrap().journal;
        assert!(journal.len() >= *length, "{} of {length} entries of {run}", journal.len());
        assert!(journal.iter().enumerate().all(|(index, entry)| entry.sequence == index as u64 + 1));
        // All entries of one call or none.
        assert_eq!(journal.len() % 20, 0);
    }
    let web = state.find_deployment("web").await.unwrap();
    let generations = state.generations(web.id).await.unwrap();
    assert!(generations.len() as u64 >= newest);
    assert_eq!(web.last_generation, generations.len() as u64);
    assert!(
        generations
            .iter()
            .enumerate()
            .all(|(index, it)| it.number == index as u64 + 1 && it.machines.len() == 2)
    );
    // One run may be open: that of the process that was killed. Earlier ones stay as they were left.
    assert!(state.unfinished_runs(web.id).await.unwrap().len() <= DEATHS);
}

/// A process killed while it creates the state leaves nothing, an empty file, or a whole state.
async fn a_state_half_created_is_begun_again(on: Backend) {
    if let Some(folder) = role("NIXWRIGHT_TEST_FOLDER") {
        println!("\ncreating");
        std::io::stdout().flush().unwrap();
        let state = State::open(&system_in(Path::new(&folder)), None).await.unwrap();
        state.create_deployment(named("web")).await.unwrap();
        println!("created");
        return;
    }
    let mut cut = 0;
    // A server takes a second to be made anew.
    for delay in 0..if on == Backend::Sqlite { 30 } else { 3 } {
        let Some(home) = Home::new(on) else { return };
        let mut process = again(on, "death::a_state_half_created_is_begun_again", &home).spawn().unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines().map_while(Result::ok);
        assert!(lines.any(|line| line == "creating"));
        // Only to die at another moment each time.
        std::thread::sleep(Duration::from_micros(200 * delay));
        process.kill().unwrap();
        process.wait().unwrap();
        let created = lines.any(|line| line == "created");
        cut += usize::from(!created);
        let system = home.system.clone();
        let found = State::peek(&system, None).await.unwrap().deployments().await.unwrap().len();
        assert!(found <= 1 && (found == 1 || !created));
        let state = State::open(&system, None).await.unwrap();
        state.create_deployment(named("other")).await.unwrap();
    }
    assert!(cut > 0 || on == Backend::Postgres, "no process was killed before it had ended");
}
