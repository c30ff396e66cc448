//! Runs with their journals, and the lock under which they are written.

use super::*;

on_both!(
    a_run_keeps_its_plan_and_journal,
    who_began_a_run_stays_known_when_others_resume_it,
    the_journal_refuses_every_move_outside_its_table,
    a_lock_is_held_once_and_lost_by_time
);

async fn a_run_keeps_its_plan_and_journal(on: Backend) {
    let Some(it) = fixture_on(on).await else { return };
    let web = it.state.create_deployment(named("web")).await.unwrap().id;
    let lease = it.lease(web).await;
    assert!(matches!(
        it.state.append(&lease, vec![NewEntry::new("a", Event::Started)]).await,
        Err(StateError::RunNotFound { .. })
    ));
    let record = it.state.start_run(&lease, plan()).await.unwrap();
    assert_eq!(it.state.unfinished_runs(web).await.unwrap(), std::slice::from_ref(&record));
    let mut done = NewEntry::new("copy/a", Event::Succeeded);
    done.machine = Some("a".to_owned());
    done.output = Some(r#"{"bytes":12}"#.to_owned());
    it.state.append(&lease, vec![NewEntry::new("copy/a", Event::Started)]).await.unwrap();
    let written = it.state.append(&lease, vec![done, NewEntry::new("copy/b", Event::Skipped)]).await.unwrap();
    assert_eq!(written.iter().map(|it| it.sequence).collect::<Vec<_>>(), [2, 3]);
    it.clock.pass(Duration::from_secs(5));
    it.state.finish_run(&lease, Outcome::Partly).await.unwrap();
    let run = it.state.run(record.id).await.unwrap();
    assert_eq!((run.plan.as_str(), run.plan_version), (plan().plan.as_str(), 1));
    assert_eq!(run.journal[1..], written);
    assert_eq!(run.record.outcome, Some(Outcome::Partly));
    assert_eq!(run.record.ended, Some(record.started + Duration::from_secs(5)));
    assert_eq!(it.state.runs(None).await.unwrap(), std::slice::from_ref(&run.record));
    assert_eq!(it.state.runs(Some(web)).await.unwrap(), [run.record]);
    assert_eq!(it.state.unfinished_runs(web).await.unwrap(), []);
    let late = it.state.append(&lease, vec![NewEntry::new("x", Event::Started)]).await;
    assert!(matches!(late, Err(StateError::RunEnded { .. })));
    it.state.resume_run(&lease).await.unwrap();
    it.state.append(&lease, vec![NewEntry::new("x", Event::Started)]).await.unwrap();
}

async fn who_began_a_run_stays_known_when_others_resume_it(on: Backend) {
    let Some(it) = fixture_on(on).await else { return };
    let web = it.state.create_deployment(named("web")).await.unwrap().id;
    let lease = it.lease(web).await;
    let begun = it.state.start_run(&lease, plan()).await.unwrap();
    it.state.finish_run(&lease, Outcome::Interrupted).await.unwrap();
    it.state.release(lease).await.unwrap();
    for (user, process) in [("bob", 70), ("carol", 71)] {
        it.clock.pass(Duration::from_secs(60));
        let us = Holder { user: user.to_owned(), process, ..Holder::this_process(&it.system) };
        let lease = it.state.acquire(web, &us, begun.id).await.unwrap();
        it.state.resume_run(&lease).await.unwrap();
        it.state.finish_run(&lease, Outcome::Interrupted).await.unwrap();
        it.state.release(lease).await.unwrap();
    }
    let run = it.state.run(begun.id).await.unwrap();
    assert_eq!(
        (&run.record.user, &run.record.host, run.record.process),
        (&begun.user, &begun.host, begun.process)
    );
    assert_eq!(run.record.started, begun.started);
    let resumed: Vec<_> = run.resumed.iter().map(|it| (it.user.as_str(), it.process, it.at)).collect();
    let after = |seconds| begun.started + Duration::from_secs(seconds);
    assert_eq!(resumed, [("bob", 70, after(60)), ("carol", 71, after(120))]);
    // An export takes it along.
    let exported = it.state.export(&[web], false).await.unwrap().text();
    assert!(exported.contains("\"carol\""), "{exported}");
}

/// Every pair of events, in one hold of the lock and across two: what the table allows is written, all else not.
async fn the_journal_refuses_every_move_outside_its_table(on: Backend) {
    use Event::{Failed, Skipped, Started, Succeeded, UndoFailed, UndoStarted, Undone};
    let all = [Started, Succeeded, Failed, UndoStarted, Undone, UndoFailed, Skipped];
    let path_to = |event| match event {
        Started => vec![Started],
        Succeeded => vec![Started, Succeeded],
        Failed => vec![Started, Failed],
        UndoStarted => vec![Started, Failed, UndoStarted],
        Undone => vec![Started, Failed, UndoStarted, Undone],
        UndoFailed => vec![Started, Failed, UndoStarted, UndoFailed],
        Skipped => vec![Skipped],
    };
    let same: [(Option<Event>, &[Event]); 8] = [
        (None, &[Started, Skipped]),
        (Some(Started), &[Succeeded, Failed]),
        (Some(Succeeded), &[UndoStarted]),
        (Some(Failed), &[Started, UndoStarted]),
        (Some(UndoStarted), &[Undone, UndoFailed]),
        (Some(Undone), &[Started]),
        (Some(UndoFailed), &[Started, UndoStarted]),
        (Some(Skipped), &[]),
    ];
    let later: [(Option<Event>, &[Event]); 8] = [
        (None, &[Started, Skipped]),
        (Some(Started), &[Started, Succeeded, Failed, UndoStarted]),
        (Some(Succeeded), &[Started, UndoStarted]),
        (Some(Failed), &[Started, UndoStarted]),
        (Some(UndoStarted), &[UndoStarted, Undone, UndoFailed]),
        (Some(Undone), &[Started]),
        (Some(UndoFailed), &[Started, UndoStarted]),
        (Some(Skipped), &[Started, Skipped]),
    ];
    let Some(it) = fixture_on(on).await else { return };
    let web = it.state.create_deployment(named("web")).await.unwrap().id;
    let mut lease = it.lease(web).await;
    it.state.start_run(&lease, plan()).await.unwrap();
    for (resumed, table) in [(false, same), (true, later)] {
        for (before, allowed) in table {
            for next in all {
                let step = format!("{resumed} {before:?} {next:?}");
                let path = before.map(path_to).unwrap_or_default();
                let path = path.into_iter().map(|event| NewEntry::new(&step, event)).collect();
                it.state.append(&lease, path).await.unwrap();
                if resumed {
                    let run = lease.run();
                    it.state.release(lease).await.unwrap();
                    lease = it.state.acquire(web, &Holder::this_process(&it.system), run).await.unwrap();
                }
                // A legal entry beside it must vanish with an illegal one.
                let beside = format!("beside {step}");
                let entries = vec![NewEntry::new(&beside, Started), NewEntry::new(&step, next)];
                match it.state.append(&lease, entries).await {
                    Ok(_) => assert!(allowed.contains(&next), "allowed: {step}"),
                    Err(StateError::IllegalMove { .. }) => {
                        assert!(!allowed.contains(&next), "refused: {step}");
                        let journal = it.state.run(lease.run()).await.unwrap().journal;
                        assert!(journal.iter().all(|entry| entry.step != beside));
                    }
                    Err(other) => panic!("{other}"),
                }
            }
        }
    }
}

async fn a_lock_is_held_once_and_lost_by_time(on: Backend) {
    let Some(it) = fixture_on(on).await else { return };
    let web = it.state.create_deployment(named("web")).await.unwrap().id;
    assert_eq!(it.state.lock(web).await.unwrap(), None);
    let elsewhere = Holder {
        user: "bob".to_owned(),
        host: "desk".to_owned(),
        process: 7,
        process_start: 1,
        boot: String::new(),
    };
    let first = it.state.acquire(web, &elsewhere, RunId::new(&it.system)).await.unwrap();
    it.state.start_run(&first, plan()).await.unwrap();
    let us = Holder::this_process(&it.system);
    let error = it.state.acquire(web, &us, RunId::new(&it.system)).await.unwrap_err().to_string();
    assert_eq!(
        error,
        "the deployment is locked by bob@desk (process 7) since 2026-11-22T10:00:00.123456Z; wait for it, or break \
         the lock with `nixwright unlock`"
    );
    // Renewing keeps it; without a sign of life it is free after a minute.
    it.clock.pass(Duration::from_secs(59));
    it.state.renew(&first).await.unwrap();
    it.clock.pass(Duration::from_secs(59));
    assert!(it.state.acquire(web, &us, RunId::new(&it.system)).await.is_err());
    it.clock.pass(Duration::from_secs(1));
    assert!(it.state.lock(web).await.unwrap().unwrap().stale);
    let second = it.lease(web).await;
    assert_eq!((first.fence(), second.fence()), (1, 2));
    // The old holder wakes up: nothing it writes is taken.
    let lost = |result: Result<(), StateError>| match result {
        Err(StateError::LeaseLost { now: Some(now) }) => assert_eq!(*now, us),
        other => panic!("{other:?}"),
    };
    lost(it.state.renew(&first).await);
    lost(it.state.append(&first, vec![NewEntry::new("a", Event::Started)]).await.map(drop));
    lost(it.state.record_generation(&first, NewGeneration::default()).await.map(drop));
    lost(it.state.set_system(&first, "a", "/nix/store/old", None).await);
    lost(it.state.set_ssh_key_deployed(&first, "a", true).await);
    lost(it.state.finish_run(&first, Outcome::Succeeded).await);
    lost(it.state.release(first.clone()).await);
    assert_eq!(it.state.generations(web).await.unwrap(), []);
    assert_eq!(it.state.machines(web).await.unwrap(), []);
    it.state.release(second.clone()).await.unwrap();
    assert!(matches!(it.state.renew(&second).await, Err(StateError::LeaseLost { now: None })));
    // Broken deliberately: the holder is told at its next write.
    let third = it.lease(web).await;
    assert_eq!(it.state.break_lock_of(web, second.run()).await.unwrap(), None);
    it.state.renew(&third).await.unwrap();
    assert_eq!(it.state.break_lock(web).await.unwrap().unwrap().run, third.run());
    assert!(matches!(it.state.renew(&third).await, Err(StateError::LeaseLost { now: None })));
    assert_eq!(it.state.break_lock(web).await.unwrap(), None);
    assert_eq!(it.lease(web).await.fence(), 5);
}
