//! Export, import, export: the same text, for a state with everything in it and for random ones.

use proptest::prelude::*;
use proptest::test_runner::TestRunner;

use super::*;
use crate::state::tests::{plan, system_of};
use crate::state::{Address, NewEntry, NewGeneration, Secret, SshKeyPair};

on_both!(a_whole_state_comes_back_to_the_letter);

async fn a_whole_state_comes_back_to_the_letter(on: Backend) {
    let Some(it) = fixture_on(on).await else { return };
    it.state.import(&read(&it.system, "export-2.json").exported).await.unwrap();
    let web = it.state.create_deployment(named("web")).await.unwrap().id;
    let lease = it.lease(web).await;
    let pair =
        SshKeyPair { private: Secret::new("a private key").into(), public: "ssh-ed25519 A".to_owned() };
    it.state.keep_ssh_key(web, "ä ü", pair).await.unwrap();
    it.state.keep_state_version(web, "b", "26.11").await.unwrap();
    let address = Address { host: "::1".to_owned(), port: Some(2222), user: "deploy".to_owned() };
    it.state.set_address(web, "b", &address).await.unwrap();
    it.state.start_run(&lease, plan()).await.unwrap();
    let entry = NewEntry { output: Some("{ }".to_owned()), ..NewEntry::new("copy/b", Event::Started) };
    it.state.append(&lease, vec![entry, NewEntry::new("copy/b", Event::Succeeded)]).await.unwrap();
    let machines = [("b".to_owned(), system_of("b"))].into();
    let new = NewGeneration { machines, revision: Some("r".to_owned()), ..NewGeneration::default() };
    it.state.record_generation(&lease, new).await.unwrap();
    it.state.set_system(&lease, "b", "/nix/store/b", Some(1)).await.unwrap();
    it.state.finish_run(&lease, Outcome::RolledBack).await.unwrap();
    for keys in [true, false] {
        let first = exported(&it, keys).await;
        assert_eq!(first.text().contains("a private key"), keys);
        let Some(other) = fixture_on(on).await else { return };
        let found = Exported::read(&other.system, first.text().as_bytes(), "it").unwrap();
        assert!(found.notes.is_empty());
        other.state.import(&found.exported).await.unwrap();
        assert_eq!(exported(&other, true).await.text(), first.text());
        // A run that is resumed there comes after all that was written here.
        assert!(other.lease(web).await.fence() > lease.fence());
        let run = other.state.run(lease.run()).await.unwrap();
        assert_eq!(run, it.state.run(lease.run()).await.unwrap());
    }
}

fn word() -> impl Strategy<Value = String> {
    "\\PC{0,6}".prop_map(|text| text.replace('\0', ""))
}

fn time() -> impl Strategy<Value = Timestamp> {
    (0..4_000_000_000_000_000_i64).prop_map(|micro| Timestamp::from_microsecond(micro).unwrap())
}

prop_compose! {
    fn machine()(
        recorded in time(),
        texts in prop::collection::vec(prop::option::of(word()), 4),
        address in prop::option::of((word(), prop::option::of(any::<u16>()), word())),
        host_keys in prop::collection::vec(word(), 0..3),
        key_deployed: bool,
        generation in prop::option::of(0_u64..5),
    ) -> ExportedMachine {
        ExportedMachine {
            name: String::new(),
            recorded,
            state_version: texts[0].clone(),
            address: address.map(|(host, port, user)| ExportedAddress { host, port, user }),
            host_keys,
            public_key: texts[1].clone(),
            private_key: texts[1].clone().and(texts[2].clone()),
            key_deployed,
            system: texts[3].clone(),
            generation,
        }
    }
}

prop_compose! {
    fn run()(
        id: u128,
        (started, ended) in (time(), prop::option::of(time())),
        (plan, user, host, step) in (word(), word(), word(), word()),
        (scope, lines) in (prop::option::of(word()), prop::collection::vec(word(), 0..3)),
        outcome in prop::option::of(prop::sample::select(vec![Outcome::Succeeded, Outcome::Partly, Outcome::RolledBack])),
        events in prop::collection::vec(prop::sample::select(vec![Event::Started, Event::UndoFailed, Event::Skipped]), 0..4),
        process: u32,
    ) -> ExportedRun {
        let journal = events.into_iter().zip(1..).map(|(event, sequence)| ExportedEntry {
            sequence, event, step: step.clone(), machine: Some(host.clone()), message: user.clone(),
            output: Some(plan.clone()), at: started, fence: sequence * 3,
        });
        let scope = scope.map(|goal| ExportedScope {
            machines: goal.len() as u64, left_out: BTreeMap::from([(host.clone(), goal.clone())]),
            changes: ended.map(|_| plan.clone()), goal,
        });
        let log = lines.into_iter().map(|text| ExportedLine {
            at: started, warning: text.len() > 3, machine: ended.map(|_| step.clone()), text,
        });
        ExportedRun {
            id: RunId(uuid::Uuid::from_u128(id)), kind: RunKind::SendKeys, journal: journal.collect(), user, host,
            resumed: ended.map(|at| ExportedResumption { user: plan.clone(), host: step.clone(), process, at }).into_iter().collect(),
            process, started, ended, outcome, plan_version: process / 2, plan, scope, log: log.collect(),
        }
    }
}

prop_compose! {
    fn deployment()(
        id: u128,
        (created, description) in (time(), word()),
        arguments in prop::collection::btree_map(word(), word(), 0..3),
        attributes in prop::option::of(prop::collection::btree_map("[a-zA-Z.]{1,8}|x[.]privateKey|keys", word(), 0..4)),
        machines in prop::collection::btree_map("\\PC{1,5}", machine(), 0..4),
        runs in prop::collection::vec(run(), 0..3),
        revision in prop::option::of(word()),
    ) -> ExportedDeployment {
        let machines: Vec<_> =
            machines.into_iter().map(|(name, machine)| ExportedMachine { name, ..machine }).collect();
        let systems = machines.iter().map(|it| {
            let system = ExportedSystem { system: it.name.clone(), derivation: it.system.clone() };
            (it.name.clone(), system)
        });
        let generations = runs.iter().zip(2..).map(|(run, number)| ExportedGeneration {
            number, run: run.id, created, user: run.user.clone(), host: run.host.clone(), revision: revision.clone(),
            description: description.clone(), machines: systems.clone().collect(),
        });
        let resource = |it: &ExportedMachine, attributes: &BTreeMap<_, _>| {
            (it.name.clone(), NixopsResource { kind: it.name.clone(), attributes: attributes.clone() })
        };
        ExportedDeployment {
            uuid: DeploymentId(uuid::Uuid::from_u128(id)),
            name: None,
            source: Source::of_files(arguments.keys().map(PathBuf::from).collect()),
            nix_path: arguments.values().cloned().collect(),
            nixops: attributes.map(|attributes| NixopsRecord {
                resources: machines.iter().map(|it| resource(it, &attributes)).collect(),
                attributes,
            }),
            last_generation: 7,
            generations: generations.collect(),
            description, arguments, created, machines, runs,
        }
    }
}

#[test]
fn random_states_come_back_to_the_letter() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let config = ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() };
    let tested = TestRunner::new(config).run(&prop::collection::vec(deployment(), 0..3), |deployments| {
        runtime.block_on(async {
            let it = fixture().await;
            let mut given = Exported { version: VERSION, deployments };
            given.deployments.sort_by_key(|it| it.uuid);
            for it in &mut given.deployments {
                it.runs.sort_by_key(|run| (run.started, run.id.to_string()));
            }
            let found = Exported::read(&it.system, given.text().as_bytes(), "it").unwrap();
            it.state.import(&found.exported).await.unwrap();
            assert_eq!(exported(&it, true).await.text(), given.text());
        });
        Ok(())
    });
    tested.unwrap();
}
