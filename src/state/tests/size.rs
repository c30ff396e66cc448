//! How long the largest state that we promise takes. Times are printed; only a wrong order of growth fails.

use std::time::Instant;

use super::*;

on_both!(ten_thousand_machines_and_a_thousand_runs);
use crate::state::database::values;

const MACHINES: u32 = 10_000;
const RUNS: u32 = 1_000;
/// Far above what was measured, so that a loaded machine does not fail, and far below what a scan per row takes.
const NEVER: Duration = Duration::from_secs(5);

async fn timed<T>(what: &str, work: impl Future<Output = Result<T, StateError>>) -> T {
    let start = Instant::now();
    let result = work.await.unwrap();
    let took = start.elapsed();
    println!("{what}: {:.1} ms", took.as_secs_f64() * 1000.0);
    assert!(took < NEVER, "{what} took {took:?}");
    result
}

async fn ten_thousand_machines_and_a_thousand_runs(on: Backend) {
    let Some(it) = fixture_on(on).await else { return };
    let web = it.state.create_deployment(named("web")).await.unwrap().id;
    let lease = it.lease(web).await;
    let names: Vec<_> = (0..MACHINES).map(|machine| format!("machine-{machine:05}")).collect();
    let filled = async {
        let mut transaction = it.state.database.write().await?;
        for name in &names {
            transaction
                .execute(
                    "INSERT INTO machines (deployment, name, recorded_at, state_version, private_key, public_key, \
                     host_keys, toplevel, host, login_user) VALUES ($1, $2, 0, '25.11', $3, $4, $5, $6, $2, 'root')",
                    values![
                        web,
                        name,
                        "k".repeat(400),
                        format!("ssh-ed25519 {}", "A".repeat(68)),
                        format!("[\"ssh-ed25519 {}\"]", "A".repeat(68)),
                        format!("/nix/store/{}-nixos-system-{name}", "a".repeat(32))
                    ],
                )
                .await?;
        }
        for run in 0..RUNS {
            let id = RunId::new(&it.system);
            transaction
                .execute(
                    "INSERT INTO runs (id, deployment, kind, plan_version, plan, user_name, host, process, \
                     started_at, ended_at, outcome) VALUES ($1, $2, 'deploy', 1, $3, 'alice', 'desk', 1, $4, 5, 'succeeded')",
                    values![id, web, "p".repeat(10_000), i64::from(run)],
                )
                .await?;
        }
        transaction.commit().await
    };
    timed("fill", filled).await;
    let opened = timed("open", State::peek(&it.system, None)).await;
    assert_eq!(timed("list", opened.deployments()).await[0].machines, u64::from(MACHINES));
    assert_eq!(timed("machines", opened.machines(web)).await.len(), names.len());
    let shown = timed("machines as they are shown", opened.shown_machines(web, true)).await;
    assert!(shown.iter().map(|it| &it.name).eq(&names));
    assert_eq!((shown[7].host_keys.len(), shown[7].public_key.as_ref().map(String::len)), (1, Some(80)));
    assert_eq!(timed("runs", opened.runs(None)).await.len(), RUNS as usize);
    timed("one machine", opened.machine(web, "machine-05000")).await.unwrap();
    let machines = names.iter().map(|name| (name.clone(), system_of(name))).collect();
    let new = NewGeneration { machines, ..NewGeneration::default() };
    timed("record a generation of all machines", it.state.record_generation(&lease, new)).await;
    assert_eq!(
        timed("newest generation", opened.newest_generation(web)).await.unwrap().machines.len(),
        names.len()
    );
    it.state.start_run(&lease, plan()).await.unwrap();
    let all = names.iter().map(|name| NewEntry::new(format!("copy/{name}"), Event::Started)).collect();
    timed("append 10,000 entries at once", it.state.append(&lease, all)).await;
    let single = async {
        for name in &names[..200] {
            it.state.append(&lease, vec![NewEntry::new(format!("copy/{name}"), Event::Succeeded)]).await?;
        }
        Ok(())
    };
    timed("append 200 entries one by one, each on the disk", single).await;
    assert_eq!(timed("load the run", opened.run(lease.run())).await.journal.len(), names.len() + 200);
}
