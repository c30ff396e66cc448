//! The history of runs: found by what people type, listed newest first, with what was said, and forgotten with their deployment.

use super::*;

on_both!(
    runs_are_listed_and_found_by_what_people_type,
    what_is_said_is_kept_in_its_order_and_travels,
    a_log_goes_with_its_deployment,
);

fn line(second: i64, machine: Option<&str>, text: &str) -> LogLine {
    let at = Timestamp::from_second(second).unwrap();
    LogLine { at, machine: machine.map(str::to_owned), warning: machine.is_none(), text: text.to_owned() }
}

/// A run from its begin to its end.
async fn ended(it: &Fixture, deployment: DeploymentId) -> RunRecord {
    let lease = it.lease(deployment).await;
    let record = it.state.start_run(&lease, plan()).await.unwrap();
    it.state.finish_run(&lease, Outcome::Succeeded).await.unwrap();
    it.state.release(lease).await.unwrap();
    it.clock.pass(Duration::from_secs(60));
    record
}

async fn runs_are_listed_and_found_by_what_people_type(on: Backend) {
    let Some(it) = fixture_on(on).await else { return };
    let one = it.state.create_deployment(named("one")).await.unwrap().id;
    let two = it.state.create_deployment(named("two")).await.unwrap().id;
    assert!(matches!(it.state.find_run(Some(one), "last").await, Err(StateError::NoRun)));
    let (first, second, other) = (ended(&it, one).await, ended(&it, one).await, ended(&it, two).await);
    let ids = |runs: Vec<RunRecord>| runs.into_iter().map(|run| run.id).collect::<Vec<_>>();
    assert_eq!(ids(it.state.history(Some(one), None).await.unwrap()), [second.id, first.id]);
    assert_eq!(ids(it.state.history(None, Some(2)).await.unwrap()), [other.id, second.id]);
    let listed = &it.state.history(Some(one), Some(1)).await.unwrap()[0];
    assert_eq!((listed.goal.as_deref(), listed.machines), (Some("switch"), Some(2)));

    assert_eq!(it.state.find_run(Some(one), "last").await.unwrap().id, second.id);
    assert_eq!(it.state.find_run(None, "last").await.unwrap().id, other.id);
    let whole = first.id.to_string();
    assert_eq!(it.state.find_run(None, &whole.to_uppercase()).await.unwrap().id, first.id);
    assert_eq!(it.state.find_run(Some(one), &whole[..20]).await.unwrap().id, first.id);
    for wanted in ["", "nonsense", "%", &other.id.to_string()] {
        let error = it.state.find_run(Some(one), wanted).await.unwrap_err();
        assert!(matches!(error, StateError::UnknownRun { .. }), "{wanted}: {error}");
        assert!(error.to_string().contains("the deploy of 2026-11-22 10:01 UTC by alice@"), "{error}");
    }
    // With so many runs two of them begin alike.
    for _ in 0..17 {
        ended(&it, two).await;
    }
    let digits = "0123456789abcdef".chars().map(|digit| digit.to_string());
    let mut several = 0;
    for digit in digits {
        if let Err(error @ StateError::AmbiguousRun { .. }) = it.state.find_run(Some(two), &digit).await {
            assert!(error.to_string().contains("give more of the id"));
            several += 1;
        }
    }
    assert!(several > 0);
}

async fn what_is_said_is_kept_in_its_order_and_travels(on: Backend) {
    let Some(it) = fixture_on(on).await else { return };
    let web = it.state.create_deployment(named("web")).await.unwrap().id;
    let lease = it.lease(web).await;
    let scope = Scope {
        goal: "boot".to_owned(),
        machines: 1,
        left_out: BTreeMap::from([("db".to_owned(), "its `deployment.targetHost` is null".to_owned())]),
        changes: Some("{}".to_owned()),
    };
    let new = NewRun { scope: scope.clone(), ..plan() };
    let run = it.state.start_run(&lease, new).await.unwrap();
    let lines = [
        line(1, Some("web"), "copying closure..."),
        line(1, None, "a `warning` with 'quotes'\tand ünïcode"),
        line(2, Some("web"), ""),
    ];
    let entry = NewEntry::new("copy web", Event::Started);
    it.state.append_with(&lease, vec![entry], &lines[..2]).await.unwrap();
    it.state.keep_lines(&lease, &lines[2..]).await.unwrap();
    it.state.keep_lines(&lease, &[]).await.unwrap();
    assert_eq!(it.state.log(run.id).await.unwrap(), lines);
    assert_eq!(it.state.scope(run.id).await.unwrap(), Some(scope));
    it.state.finish_run(&lease, Outcome::Partly).await.unwrap();

    let exported = it.state.export(&[web], true).await.unwrap();
    it.state.release(lease).await.unwrap();
    it.state.delete_deployment(web, true).await.unwrap();
    it.state.import(&exported).await.unwrap();
    assert_eq!(it.state.log(run.id).await.unwrap(), lines);
    assert_eq!(it.state.export(&[web], true).await.unwrap().text(), exported.text());
    // An export of the version before has neither.
    let mut document: serde_json::Value = serde_json::from_str(&exported.text()).unwrap();
    document["version"] = 1.into();
    let run_of_it = document["deployments"][0]["runs"][0].as_object_mut().unwrap();
    run_of_it.retain(|name, _| name != "scope" && name != "log");
    let found = Exported::read(&it.system, document.to_string().as_bytes(), "old").unwrap();
    it.state.delete_deployment(web, true).await.unwrap();
    it.state.import(&found.exported).await.unwrap();
    let record = it.state.find_run(Some(web), "last").await.unwrap();
    assert_eq!((record.goal, record.machines), (None, None));
    assert_eq!(it.state.scope(run.id).await.unwrap(), None);
}

async fn a_log_goes_with_its_deployment(on: Backend) {
    let Some(it) = fixture_on(on).await else { return };
    let web = it.state.create_deployment(named("web")).await.unwrap().id;
    let lease = it.lease(web).await;
    let run = it.state.start_run(&lease, plan()).await.unwrap();
    // More than go into one statement.
    let many: Vec<LogLine> = (0..1_001).map(|second| line(second, Some("web"), "…")).collect();
    it.state.keep_lines(&lease, &many).await.unwrap();
    assert_eq!(it.state.log(run.id).await.unwrap(), many);
    it.state.finish_run(&lease, Outcome::Succeeded).await.unwrap();
    it.state.release(lease).await.unwrap();
    it.state.delete_deployment(web, true).await.unwrap();
    assert_eq!(it.state.log(run.id).await.unwrap(), []);
}
