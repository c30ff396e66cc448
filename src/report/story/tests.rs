//! Pages as texts: what may run in them, that names stay text, and what a plan shows. A real browser opens them elsewhere.

use std::collections::BTreeMap;

use serde_json::Value;

use super::*;
use crate::execute::SavedPlan;
use crate::network::MachineName;
use crate::plan::example::{three_tiers, wanted};
use crate::plan::{Goal, Rollout, make};

/// What a page holds as JSON.
fn inside(page: &str) -> Value {
    let (_, rest) = page.split_once("id=\"story\">").unwrap();
    packed::tests::unpacked(serde_json::from_str(rest.split_once("</script>").unwrap().0).unwrap())
}

#[test]
fn a_page_names_the_digests_of_what_it_runs_and_nothing_else_is_allowed() {
    let page = plan_page(&SavedPlan::example(three_tiers()));
    let policy = page.split_once("Content-Security-Policy\" content=\"").unwrap().1;
    let policy = policy.split_once("\">").unwrap().0;
    let between = |begin: &str, end: &str| {
        let from = page.rfind(begin).unwrap() + begin.len();
        &page[from..from + page[from..].find(end).unwrap()]
    };
    let (style, script) = (between("<style>", "</style>"), between("\n<script>", "</script>"));
    assert_eq!(
        policy,
        format!(
            "default-src 'none'; style-src '{}'; script-src '{}'; base-uri 'none'; form-action 'none'",
            digest(style),
            digest(script)
        )
    );
    // Nothing is fetched, and no text becomes markup.
    for word in
        ["http://", "https://", "innerHTML", "outerHTML", "insertAdjacentHTML", "eval(", "url(", "@import"]
    {
        let own = [STYLE, SCRIPT].concat();
        assert!(!own.contains(word), "{word}");
    }
    assert!(!STYLE.contains("</") && !SCRIPT.contains("</script"));
}

#[test]
fn names_stay_text_whatever_they_hold() {
    let hostile = ["</script><script>alert(1)</script>", "\"'&<!--", "ünï\u{202e}code", &"x".repeat(200)];
    let mut machines = BTreeMap::new();
    for name in hostile {
        let (machine, of_machine) = wanted("web", &[]);
        assert_eq!(machine.as_str(), "web");
        machines.insert(MachineName::new(name), of_machine);
    }
    let plan = make(uuid::Uuid::nil(), Goal::Switch, machines, Rollout::default()).unwrap();
    let mut saved = SavedPlan::example(plan);
    saved.title = "<b>shop</b>".to_owned();
    saved.left_out.insert(MachineName::new("<i>"), "because </noscript> it is".to_owned());
    let page = plan_page(&saved);
    for tag in ["<script>alert", "<b>", "<i>", "<!--"] {
        assert!(!page.contains(tag), "{tag}");
    }
    assert_eq!((page.matches("</script>").count(), page.matches("</noscript>").count()), (2, 1));
    let story = inside(&page);
    assert_eq!(story["title"], "<b>shop</b>");
    let names: Vec<&str> =
        story["machines"].as_array().unwrap().iter().map(|it| it["name"].as_str().unwrap()).collect();
    assert!(names.contains(&hostile[0]) && names.contains(&hostile[1]) && names.contains(&hostile[3]));
    // What would turn the line around is shown as what it is.
    assert!(names.contains(&"ünï\u{fffd}code"), "{names:?}");
}

#[test]
fn a_plan_is_shown_in_places_instead_of_times() {
    let story = inside(&plan_page(&SavedPlan::example(three_tiers())));
    assert_eq!((&story["timed"], &story["outcome"]), (&Value::from(false), &Value::from("planned")));
    let names: Vec<&Value> = story["machines"].as_array().unwrap().iter().map(|it| &it["name"]).collect();
    assert_eq!(names, ["db", "app", "web"], "in the order of their activation");
    let steps = story["steps"].as_array().unwrap();
    let places: Vec<f64> = steps.iter().map(|step| step["begun"].as_f64().unwrap()).collect();
    let waits = |step: &Value| {
        step["after"].as_array().unwrap().iter().map(|at| at.as_u64().unwrap()).collect::<Vec<_>>()
    };
    for (step, place) in steps.iter().zip(&places) {
        assert!(waits(step).iter().all(|at| places[usize::try_from(*at).unwrap()] < *place), "{step}");
    }
    let groups: Vec<&Value> = steps.iter().map(|step| &step["group"]).collect();
    assert_eq!(groups.iter().filter(|it| **it == "wait").count(), 1);
    assert_eq!(groups.iter().filter(|it| **it == "activate").count(), 6);
}
