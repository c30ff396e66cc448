//! Commands on what is recorded: no Nix, no machine. Locks are held, and runs written, by the test itself.

use nixwright::state::{Holder, NewGeneration, RunId, State};
use nixwright::system::System;

use crate::support::hermetic::{Hermetic, nixwright};
use crate::support::run::Run;

struct Records {
    place: Hermetic,
    system: System,
}

impl Records {
    fn new() -> Self {
        let place = Hermetic::new();
        place.write("network.nix", "{ network.description = \"a shop\"; web = { }; }");
        let records = Self { place, system: System::os() };
        let _ = records.run("create network.nix -d shop --argstr region eu -I nixpkgs=/np").expect_code(0);
        records
    }

    fn run(&self, words: &str) -> Run {
        self.place.nixwright(&words.split(' ').collect::<Vec<_>>())
    }

    /// Does something with the state, beside the program.
    fn with_state<T>(&self, act: impl AsyncFnOnce(&State) -> T) -> T {
        let path = self.place.home().join(".local/share/nixwright/state.sqlite");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.expect("a runtime can be built").block_on(async {
            let path = path.to_str().expect("the path is text");
            let state = State::open(&self.system, Some(path)).await.expect("the state can be opened");
            let result = act(&state).await;
            state.close().await;
            result
        })
    }

    fn described(&self, deployment: &str) -> serde_json::Value {
        let text = self.run(&format!("info -d {deployment} --json")).ok();
        serde_json::from_str(&text).expect("it is JSON")
    }
}

#[test]
fn a_record_is_changed_where_it_is_said() {
    let it = Records::new();
    let before = it.described("shop");
    it.place.write("other.nix", "{ network.description = \"another\"; db = { }; }");
    let _ = it.run("modify -d shop --name store").expect_code(0);
    let _ = it.run("modify -d store --arg count 3").expect_code(0);
    let now = it.described("store");
    assert_eq!((&now["uuid"], &now["files"]), (&before["uuid"], &before["files"]));
    assert_eq!(now["arguments"], serde_json::json!({ "count": "3", "region": "\"eu\"" }));
    assert_eq!(now["nixPath"], before["nixPath"]);
    let _ = it.run("modify -d store other.nix network.nix -I /x").expect_code(0);
    let now = it.described("store");
    assert_eq!(now["files"].as_array().map(Vec::len), Some(2));
    assert_eq!(now["nixPath"], serde_json::json!(["/x"]));
    assert_eq!(now["arguments"]["count"], "3");
    let _ = it.run("modify -d store --description mine").expect_code(0);
    assert_eq!(it.described("store")["description"], "mine");

    let before = it.described("store");
    for (words, said) in [
        ("modify -d store", "it is not said what to change"),
        ("modify -d store --name x gone.nix", "gone.nix"),
        ("modify -d store --name 1x --description y", "cannot be the name of a deployment"),
        ("modify -d store --name x --arg count 1+", "is not a Nix expression"),
        ("modify -d stoer --name x", "did you mean `store`?"),
    ] {
        let _ = it.run(words).expect_code(2).expect_said(said);
        assert_eq!(it.described("store"), before, "{words}");
    }

    let uuid = it.run("clone -d store --name copy").expect_code(0).expect_said("created deployment '").ok();
    let copy = it.described("copy");
    assert_eq!(copy["uuid"], uuid.as_str());
    assert_eq!((&copy["files"], &copy["arguments"]), (&before["files"], &before["arguments"]));
    let _ = it.run("clone -d store --name copy").expect_code(2).expect_said("already a deployment called");
}

#[test]
fn machines_and_generations_are_renamed_and_forgotten() {
    let it = Records::new();
    it.with_state(async |state| {
        let shop = state.find_deployment("shop").await.expect("it was created").id;
        let holder = Holder::this_process(&it.system);
        let lease = state.acquire(shop, &holder, RunId::new(&it.system)).await.expect("nobody holds it");
        for _ in 0..3 {
            state.record_generation(&lease, NewGeneration::default()).await.expect("it can be written");
        }
        state.set_system(&lease, "web", "/nix/store/x", Some(2)).await.expect("it can be written");
        state.release(lease).await.expect("it is ours");
    });
    let _ = it.run("rename -d shop web front").expect_code(0).expect_said("renamed machine 'web' to 'front'");
    let _ = it.run("rename -d shop web x").expect_code(2).expect_said("no record of a machine `web`");
    assert_eq!(it.run("info -d shop --plain").ok(), "front\toutdated\tnone\t\t\t");
    let uuid = it.described("shop")["uuid"].as_str().map(str::to_owned).expect("it has one");
    assert_eq!(
        it.run("info --all --plain --no-eval").ok(),
        format!("{uuid}\tshop\tfront\toutdated\tnone\t\t\t")
    );
    let table = it.run("info --all").ok();
    let rows: Vec<Vec<&str>> = table.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!((rows[0][0], &rows[1][..3]), ("Deployment", &["shop", "front", "Outdated"][..]));
    let all = it.run("info --all --json").ok();
    let all: serde_json::Value = serde_json::from_str(&all).expect("it is JSON");
    assert_eq!(all["deployments"][0]["machines"][0]["name"], "front");

    for (words, said) in [
        ("delete-generation -d shop 1 3", "generation 3 cannot be deleted: it is the newest"),
        ("delete-generation -d shop 1 2", "generation 2 cannot be deleted: it runs on front"),
        ("delete-generation -d shop 1 9", "no generation 9; the newest is 3"),
    ] {
        let _ = it.run(words).expect_code(2).expect_said(said);
    }
    let _ =
        it.run("delete-generation -d shop 1").expect_code(0).expect_said("deleted generation 1 of 'shop'");
    let _ = it.run("delete-generation -d shop 1").expect_code(2).expect_said("no generation 1");
}

#[test]
fn a_lock_is_broken_on_demand_and_its_holder_is_named() {
    let it = Records::new();
    let _ = it.run("unlock -d shop").expect_code(0).expect_said("nobody holds the lock of 'shop'");
    it.with_state(async |state| {
        let shop = state.find_deployment("shop").await.expect("it was created").id;
        let holder =
            Holder { user: "alice".to_owned(), host: "far".to_owned(), ..Holder::this_process(&it.system) };
        let holder = Holder { process: 7, boot: String::new(), ..holder };
        let lease = state.acquire(shop, &holder, RunId::new(&it.system)).await.expect("nobody holds it");
        let _ = it
            .run("unlock -d shop")
            .expect_code(2)
            .expect_said("the lock of 'shop' is held by alice@far (process 7) since 2")
            .expect_said("`--yes`");
        state.renew(&lease).await.expect("nothing was broken");
        let _ = it.run("unlock -d shop --yes").expect_code(0).expect_said("the lock was broken");
        let error = state.renew(&lease).await.expect_err("it was broken");
        assert!(error.to_string().contains("the lock of the deployment was lost"), "{error}");
    });
}

#[test]
fn files_are_opened_in_the_users_editor() {
    let it = Records::new();
    it.place.write("my editor", "#!/bin/sh\nfor it; do echo \"<$it>\"; done; exit 3\n");
    let editor = it.place.work().join("my editor");
    let edit =
        |value: &str| it.place.command(nixwright(), &["edit", "-d", "shop"]).env("EDITOR", value).run();
    let run = edit(&format!("sh '{}' --wait \"$HOME; x\"", editor.display())).expect_code(3);
    let file = it.place.work().join("network.nix");
    assert_eq!(run.stdout, format!("<--wait>\n<$HOME; x>\n<{}>\n", file.display()));
    let _ = edit("vim '").expect_code(2).expect_said("EDITOR names no program");
    let _ = edit("/no/such/editor").expect_code(2).expect_said("/no/such/editor");
    let _ = it.run("edit -d shop").expect_code(2).expect_said("EDITOR=vim nixwright edit");
}
