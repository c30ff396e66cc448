//! The cases of `fixtures/editor`: files with marked places (`‹1›`), questions (`? hover 1`), and the answers, indented.
//! `UPDATE=1` writes the answers anew.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::asked::answer;
use crate::editor::View;
use crate::network::{Network, Request};
use crate::options::schema::Schema;
use crate::syntax;
use crate::system::{Files, OsFiles, OverlayFiles};
use crate::text::FileId;

/// A file with its marks taken out.
struct Marked {
    path: PathBuf,
    text: String,
    marks: BTreeMap<String, u32>,
}

fn marked(path: &str, written: &str) -> Marked {
    let (mut text, mut marks, mut rest) = (String::new(), BTreeMap::new(), written);
    while let Some((before, mark)) = rest.split_once('‹') {
        let (mark, after) = mark.split_once('›').expect("a mark is closed");
        text.push_str(before);
        let at = u32::try_from(text.len()).expect("cases are short");
        assert!(marks.insert(mark.to_owned(), at).is_none(), "the mark {mark} is there twice");
        rest = after;
    }
    text.push_str(rest);
    Marked { path: Path::new("/net").join(path), text, marks }
}

/// The files of a case, and its questions.
fn read(case: &str) -> (Vec<Marked>, Vec<String>) {
    let (mut files, mut questions): (Vec<(String, String)>, Vec<String>) = (Vec::new(), Vec::new());
    for line in case.lines() {
        if let Some(path) = line.strip_prefix("#- ") {
            files.push((path.to_owned(), String::new()));
        } else if let Some(question) = line.strip_prefix("? ") {
            questions.push(question.to_owned());
        } else if questions.is_empty()
            && let Some((_, text)) = files.last_mut()
        {
            text.push_str(line);
            text.push('\n');
        }
    }
    (files.iter().map(|(path, text)| marked(path, text.trim_end())).collect(), questions)
}

fn answered(case: &str, schema: &Arc<Schema>) -> String {
    let (marked, questions) = read(case);
    let mut files = OverlayFiles::alone();
    for it in &marked {
        files.put(&it.path, &it.text);
    }
    let input = marked.first().expect("a case has a file").path.clone();
    let mut request = Request::new(Arc::new(files), vec![input]);
    request.options = Some(schema.clone());
    let network = Network::load(&request).expect("the files are there");
    let parsed: Vec<_> = marked.iter().map(|it| syntax::parse(FileId(0), &it.text)).collect();
    let end = case.find("\n? ").expect("a case has a question");
    let mut out = case[..=end].to_owned();
    for question in questions {
        let (verb, rest) = question.split_once(' ').unwrap_or((&question, ""));
        let (mark, argument) = rest.split_once(' ').unwrap_or((rest, ""));
        // A question about a whole file names it, or means the first.
        let asked = marked.iter().enumerate().find_map(|(number, it)| {
            let offset = it.marks.get(mark).copied();
            offset.or_else(|| it.path.ends_with(mark).then_some(0)).map(|offset| (number, offset))
        });
        let of_all = matches!(verb, "workspace");
        assert!(asked.is_some() || of_all || mark.is_empty(), "the mark of `{question}` is in no file");
        let argument = if of_all { rest } else { argument };
        let (number, offset) = asked.unwrap_or((0, 0));
        let it = &marked[number];
        let view = View::new(&network, &request, &it.path, &it.text, &parsed[number]);
        let _ = writeln!(out, "? {question}");
        for line in answer(&view, format!("{verb} {argument}").trim_end(), offset).lines() {
            let _ = writeln!(out, "{}", format!("  {line}").trim_end());
        }
    }
    out
}

#[test]
fn answers_at_marked_places() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/editor");
    let schema = OsFiles.read(&folder.join("options.json")).expect("the schema of the cases is there");
    let schema = Arc::new(Schema::read(&schema).expect("the schema of the cases is one"));
    let names = OsFiles.read_folder(&folder).expect("there are cases");
    let names: Vec<String> = names.into_iter().map(|it| it.0).filter(|it| it.ends_with(".case")).collect();
    assert!(names.len() >= 8, "{names:?}");
    let mut wrong = Vec::new();
    for name in names {
        let path = folder.join(&name);
        let case = OsFiles.read(&path).expect("the case is there");
        let case = String::from_utf8(case).expect("the case is text");
        let answered = answered(&case, &schema);
        if answered == case {
            continue;
        }
        let update = crate::system::Environment::os().get("UPDATE").is_some();
        if update {
            OsFiles.write(&path, answered.as_bytes(), 0o644).expect("the case can be written");
        } else {
            wrong.push(format!("{name}:\n{answered}"));
        }
    }
    assert!(wrong.is_empty(), "other answers than expected (UPDATE=1 writes them):\n{}", wrong.join("\n"));
}
