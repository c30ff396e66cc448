//! Files that cannot be imported: each is refused with what is wrong and where, and nothing of it is written.

use super::*;

fn error(system: &System, text: impl AsRef<[u8]>) -> String {
    Exported::read(system, text.as_ref(), "it.json").unwrap_err().to_string()
}

#[tokio::test]
async fn damaged_and_foreign_json_is_refused_with_its_place() {
    let it = fixture().await;
    let system = &it.system;
    let uuid = "33bced96-5f26-11e1-b9d7-9630d48abec1";
    let of = |inside: &str| format!("{{\n \"{uuid}\": {inside}\n}}");
    for (text, said) in [
        (String::new(), "it.json is empty"),
        (" \n".to_owned(), "it.json is empty"),
        ("{\n  \"a\": ".to_owned(), "no whole JSON document: EOF while parsing a value at line 2 column 7"),
        ("{]".to_owned(), "at line 1 column 2"),
        ("nixops: error".to_owned(), "at line 1 column 2"),
        ("[]".to_owned(), "invalid"),
        ("3".to_owned(), "invalid type: integer `3`"),
        ("{ \"web\": {} }".to_owned(), "expected the UUID of a deployment, found `web` at line 1 column"),
        (of("{}"), "missing field `resources` at line 2"),
        (
            of("3"),
            "invalid type: integer `3`, expected an object with the attributes of a deployment at line 2",
        ),
        (of("{ \"resources\": [] }"), "invalid type: sequence, expected an object at line 2"),
        (of("{ \"name\": 3, \"resources\": {} }"), "invalid type: integer `3`, expected a string at line 2"),
        (of("{ \"resources\": { \"web\": {} } }"), "the resource `web` has no `type` at line 2"),
        (
            of("{ \"name\": \"a\", \"name\": \"b\", \"resources\": {} }"),
            "the attribute `name` stands here twice at line 2",
        ),
        (
            of("{ \"resources\": { \"a\": {\"type\":\"none\"}, \"a\": {\"type\":\"none\"} } }"),
            "the name `a` stands here twice",
        ),
        (
            of("{ \"resources\": {} }, \n \"33BCED96-5f26-11e1-b9d7-9630d48abec1\": { \"resources\": {} }"),
            "stands here twice at line 3",
        ),
        (
            of("{ \"args\": \"[]\", \"resources\": {} }"),
            "the attribute `args` of 33bced96-5f26-11e1-b9d7-9630d48abec1 is no object of texts: ",
        ),
        (of("{ \"nixExprs\": \"{}\", \"resources\": {} }"), "is no list of texts: "),
        (
            of("{ \"resources\": { \"web\": {\"type\":\"none\",\"targetPort\":\"ssh\"} } }"),
            "`targetPort` of web in 33bced96-5f26-11e1-b9d7-9630d48abec1 is no port: `ssh`",
        ),
        (of("{ \"resources\": { \"\": {\"type\":\"none\"} } }"), "has an empty name"),
        (
            "{ \"version\": 4, \"deployments\": 3 }".to_owned(),
            "has version 4 of the format, but this nixwright knows versions up to 3",
        ),
        ("{ \"version\": 0, \"deployments\": [] }".to_owned(), "expected a number of 1 or more as `version`"),
        (
            "{ \"version\": \"1\", \"deployments\": [] }".to_owned(),
            "expected a number of 1 or more as `version`",
        ),
        ("{ \"deployments\": [] }".to_owned(), "expected a number of 1 or more as `version`"),
        ("{ \"version\": 1, \"deployments\": {} }".to_owned(), "expected a sequence at line 1"),
        ("{ \"version\": 1, \"deployments\": [], \"more\": 1 }".to_owned(), "unknown field `more`"),
    ] {
        let error = error(system, &text);
        assert!(error.contains(said) && error.starts_with("it.json"), "{text}\n{error}");
    }
    assert!(error(system, [b'{', 0xff]).contains("the byte 2 is not UTF-8"));
    // Every beginning of a file is no file.
    let whole = std::fs::read(sample("export-2.json")).unwrap();
    for cut in (0..whole.len() - 1).step_by(13) {
        assert!(Exported::read(system, &whole[..cut], "it").is_err(), "{cut}");
    }
}

#[tokio::test]
async fn what_stands_twice_in_an_export_is_refused() {
    let it = fixture().await;
    it.state.create_deployment(named("web")).await.unwrap();
    let whole = exported(&it, true).await;
    let said = |change: &dyn Fn(&mut Exported)| {
        let mut changed = whole.clone();
        change(&mut changed);
        error(&it.system, changed.text())
    };
    let twice = said(&|it| it.deployments.push(it.deployments[0].clone()));
    assert!(twice.starts_with("it.json names the deployment "), "{twice}");
    let twice = said(&|it| {
        let other = ExportedDeployment { uuid: DeploymentId(uuid::Uuid::nil()), ..it.deployments[0].clone() };
        it.deployments.push(other);
    });
    assert!(twice.contains("a deployment called `web` twice"), "{twice}");
    let machine: ExportedMachine = serde_json::from_value(json!({
        "name": "a", "recorded": "2026-11-22T10:00:00Z", "stateVersion": null, "address": null, "hostKeys": [],
        "publicKey": null, "keyDeployed": false, "system": null, "generation": null,
    }))
    .unwrap();
    let twice = said(&|it| it.deployments[0].machines = vec![machine.clone(), machine.clone()]);
    assert!(twice.contains("the machine `a` of web twice"), "{twice}");
    let large = said(&|it| it.deployments[0].last_generation = u64::MAX);
    assert!(large.contains("is too large"), "{large}");
}

#[tokio::test]
async fn an_import_that_fails_half_way_writes_nothing() {
    let it = fixture().await;
    it.state.create_deployment(named("web")).await.unwrap();
    let before = exported(&it, true).await;
    let mut two = read(&it.system, "export-1.7.json").exported;
    let mut second = two.deployments[0].clone();
    second.uuid = DeploymentId(uuid::Uuid::max());
    for (name, said) in [("web", "there is already a deployment called `web`"), ("1x", "cannot be the name")]
    {
        second.name = Some(name.to_owned());
        two.deployments.truncate(1);
        two.deployments.push(second.clone());
        let error = it.state.import(&two).await.unwrap_err().to_string();
        assert!(error.contains(said), "{error}");
        assert_eq!(exported(&it, true).await, before);
    }
}

#[tokio::test]
async fn files_that_are_no_state_of_nixops_are_refused() {
    let it = fixture().await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("x.nixops");
    let error = async || State::read_nixops(&it.system, &file).await.unwrap_err().to_string();
    assert!(error().await.contains("could not read "));
    std::fs::write(&file, "").unwrap();
    assert!(error().await.contains("is empty"));
    std::fs::write(&file, "{}").unwrap();
    assert!(error().await.contains("it is not a SQLite file"));
    database(&file, "CREATE TABLE a (b text)").await;
    assert!(error().await.contains("has no table `Deployments`"));
    const TABLES: &str = "CREATE TABLE Deployments (uuid text); CREATE TABLE SchemaVersion (version integer); \
         CREATE TABLE DeploymentAttrs (deployment text, name text, value text); \
         CREATE TABLE Resources (id integer primary key, deployment text, name text, type text); \
         CREATE TABLE ResourceAttrs (machine integer, name text, value text);";
    for (more, said) in [
        (
            "INSERT INTO SchemaVersion VALUES (4);",
            "has schema version 4 of NixOps; versions up to 3 are known",
        ),
        ("INSERT INTO Deployments VALUES ('web');", "`web` is not the UUID of a deployment"),
        (
            "INSERT INTO Deployments VALUES ('33bced96-5f26-11e1-b9d7-9630d48abec1'); \
             INSERT INTO Resources VALUES (1, '33bced96-5f26-11e1-b9d7-9630d48abec1', 'web', 'none'); \
             INSERT INTO Resources VALUES (2, '33bced96-5f26-11e1-b9d7-9630d48abec1', 'web', 'none');",
            "names the resource `web` of the deployment 33bced96-5f26-11e1-b9d7-9630d48abec1 twice",
        ),
        (
            "INSERT INTO ResourceAttrs VALUES (9, 'state', '1');",
            "the attribute `state` belongs to no resource",
        ),
    ] {
        database(&file, TABLES).await;
        let opened = Database::open(&file, Mode::Write).await.unwrap();
        let mut transaction = opened.write().await.unwrap();
        transaction.script(more).await.unwrap();
        transaction.commit().await.unwrap();
        opened.close().await;
        let error = error().await;
        assert!(error.contains(said) && error.contains("x.nixops"), "{error}");
    }
    // Pages that were lost or written over are noticed, whichever they are.
    let whole = std::fs::read(sample("deployments-2.nixops")).unwrap();
    for page in 1..whole.len() / 4096 {
        let mut broken = whole.clone();
        broken[page * 4096..(page + 1) * 4096].fill(0x5a);
        std::fs::write(&file, &broken).unwrap();
        assert!(error().await.contains("damaged"), "{page}");
        std::fs::write(&file, &whole[..page * 4096]).unwrap();
        assert!(error().await.contains("damaged"), "{page}");
    }
}
