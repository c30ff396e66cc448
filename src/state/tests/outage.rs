//! A server that is not there, refuses, or goes in the middle: a clear word, nothing half written, and no password in it.

use super::*;

async fn error_of(system: &System, url: &str) -> String {
    let Err(error) = State::open(system, Some(url)).await else { panic!("{url} was opened") };
    format!("{error}")
}

#[tokio::test]
async fn a_server_that_is_not_there_is_named_without_its_password() {
    let folder = tempfile::tempdir().unwrap();
    let system = system_with(folder.path(), None);
    let said = error_of(&system, "postgres://bob:hunter2@localhost:1/fleet").await;
    assert!(said.starts_with("the state's server postgres://bob@localhost:1/fleet cannot be used"), "{said}");
    assert!(!said.contains("hunter2"), "{said}");
    let said = error_of(&system, "postgres://bob:hunter2@localhost:port/fleet").await;
    assert!(said.starts_with("`postgres://…` names no state"), "{said}");
    let said = error_of(&system, "mysql://bob:hunter2@localhost/fleet").await;
    assert!(said.starts_with("`mysql://…` names no state"), "{said}");
}

#[tokio::test]
async fn a_database_or_a_user_that_is_not_there_is_refused() {
    let Some(home) = Home::new(Backend::Postgres) else { return };
    let url = home.server.as_ref().unwrap().url();
    let said = error_of(&home.system, &url.replace("/postgres?", "/nowhere?")).await;
    assert!(said.ends_with("refuses: database \"nowhere\" does not exist"), "{said}");
    let said = error_of(&home.system, &url.replace("nixwright@", "mallory@")).await;
    assert!(said.ends_with("refuses: role \"mallory\" does not exist"), "{said}");
}

#[tokio::test]
async fn reading_an_empty_server_creates_nothing() {
    let Some(home) = Home::new(Backend::Postgres) else { return };
    let state = State::peek(&home.system, None).await.unwrap();
    assert_eq!(state.deployments().await.unwrap(), []);
    assert!(matches!(state.create_deployment(named("web")).await, Err(StateError::ReadOnly { .. })));
    let database = State::open(&home.system, None).await.unwrap().database;
    assert!(!database.is_file());
    assert_eq!(State::peek(&home.system, None).await.unwrap().deployments().await.unwrap(), []);
}

#[tokio::test]
async fn the_database_of_another_program_is_not_touched() {
    let Some(home) = Home::new(Backend::Postgres) else { return };
    let state = State::open(&home.system, None).await.unwrap();
    let mut transaction = state.database.write().await.unwrap();
    transaction
        .script("DROP SCHEMA public CASCADE; CREATE SCHEMA public; CREATE TABLE shop (name TEXT)")
        .await
        .unwrap();
    transaction.commit().await.unwrap();
    let error = State::open(&home.system, None).await.err().unwrap();
    assert!(matches!(&error, StateError::Foreign { table, .. } if table == "shop"), "{error}");
}

#[tokio::test]
async fn a_newer_state_is_not_touched() {
    let Some(it) = fixture_on(Backend::Postgres).await else { return };
    let mut transaction = it.state.database.write().await.unwrap();
    transaction.execute("UPDATE nixwright_schema SET version = 99", &[]).await.unwrap();
    transaction.commit().await.unwrap();
    let error = State::open(&it.system, None).await.err().unwrap();
    assert!(matches!(error, StateError::Newer { found: 99, .. }), "{error}");
}

/// What was acknowledged is there when the server is back; what was not is there whole or not at all; the state that was open
/// goes on by itself.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_server_that_dies_in_the_middle_loses_nothing_that_was_acknowledged() {
    let Some(mut it) = fixture_on(Backend::Postgres).await else { return };
    let web = it.state.create_deployment(named("web")).await.unwrap().id;
    let lease = it.lease(web).await;
    it.state.start_run(&lease, plan()).await.unwrap();
    let mut acknowledged = 0;
    let mut server = it.server.take().unwrap();
    for _ in 0..3 {
        let (state, under) = (it.state.clone(), lease.clone());
        let from = acknowledged;
        let writer = tokio::spawn(async move {
            let mut step = from;
            loop {
                let pair = |it| NewEntry::new(format!("{it} {step}"), Event::Started);
                match state.append(&under, vec![pair("a"), pair("b")]).await {
                    Ok(_) => step += 1,
                    Err(error) => return (step, error),
                }
            }
        });
        tokio::time::sleep(Duration::from_millis(60)).await;
        server.kill();
        let (step, error) = writer.await.unwrap();
        assert!(matches!(error, StateError::ServerGone { .. }), "{error:?}");
        server.start_again();
        let journal = it.state.run(lease.run()).await.unwrap().journal;
        assert!(
            journal.len() == 2 * step || journal.len() == 2 * (step + 1),
            "{} entries, {step}",
            journal.len()
        );
        acknowledged = journal.len() / 2;
    }
    assert!(acknowledged > 0);
    it.state.release(lease).await.unwrap();
}
