//! The example networks in memory, as an editor sees them: files that can be opened and changed, and what is said of them.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use lsp_types::{NumberOrString, Position, Range, TextDocumentContentChangeEvent, Url};
use nixwright::cli::{self, Ui};
use nixwright::lsp::{Analyst, Document, Encoding, Root, Settings, World, diagnostics};
use nixwright::system::{Environment, OverlayFiles, System, Terminal};
use nixwright::text::LineIndex;

/// One thing that is said: file, check, level, place, words.
pub(crate) type Said = (String, String, String, [u32; 4], String);

/// A network, its texts as they are now, and a server that follows.
pub(crate) struct Edited {
    folder: PathBuf,
    inputs: Vec<String>,
    pub(crate) texts: BTreeMap<PathBuf, String>,
    world: World,
    analyst: Analyst,
    system: System,
    version: i32,
}

#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl Write for Written {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/networks")
}

/// The names of all example networks.
pub(crate) fn names() -> Vec<String> {
    let folders = std::fs::read_dir(root()).unwrap().map(|it| it.unwrap());
    let folders = folders.filter(|it| it.file_type().unwrap().is_dir());
    let mut names: Vec<String> = folders.map(|it| it.file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn read(from: &Path, to: &Path, texts: &mut BTreeMap<PathBuf, String>) {
    for entry in std::fs::read_dir(from).unwrap().map(|it| it.unwrap()) {
        let name = entry.file_name().into_string().unwrap();
        if entry.file_type().unwrap().is_dir() {
            if name != "absent" {
                read(&entry.path(), &to.join(&name), texts);
            }
        } else if name != "expected.txt" {
            texts.insert(to.join(&name), std::fs::read_to_string(entry.path()).unwrap());
        }
    }
}

impl Edited {
    /// An example network, its files on disk and nothing open.
    pub(crate) fn new(name: &str) -> Self {
        let folder = Path::new("/examples").join(name);
        let mut texts = BTreeMap::new();
        read(&root().join(name), &folder, &mut texts);
        let names =
            texts.keys().filter(|it| it.parent() == Some(&folder)).filter_map(|it| it.file_name()?.to_str());
        let names: Vec<String> = names.filter(|it| it.ends_with(".nix")).map(str::to_owned).collect();
        let usual = ["network.nix", "hive.nix", "nixwright.nix", "flake.nix"];
        let usual = usual.into_iter().find(|it| names.iter().any(|name| name == it));
        let inputs = usual.map_or(names, |it| vec![it.to_owned()]);
        let system = system(&folder, &texts);
        let mut world = World::default();
        world.set_folders(vec![folder.clone()]);
        let settings = serde_json::json!({ "networks": [{ "files": inputs }] });
        world.configure(Settings::read(&settings).unwrap());
        let analyst = Analyst::new(system.clone());
        Self { folder, inputs, texts, world, analyst, system, version: 0 }
    }

    /// The Nix files.
    pub(crate) fn nix_files(&self) -> Vec<PathBuf> {
        self.texts.keys().filter(|it| it.extension().is_some_and(|it| it == "nix")).cloned().collect()
    }

    /// Replaces the bytes from `start` to `end`, as an editor tells it; the file is opened before.
    pub(crate) fn edit(&mut self, path: &Path, start: usize, end: usize, text: &str) {
        let uri = Url::from_file_path(path).unwrap();
        let now = self.texts.get_mut(path).unwrap();
        if self.world.documents.get(path).is_none() {
            let document = Document { uri: uri.clone(), version: 0, text: now.as_str().into() };
            self.world.open(self.system.files.as_ref(), document);
        }
        let lines = LineIndex::new(now);
        let position = |at: usize| Encoding::Utf16.position(now, &lines, u32::try_from(at).unwrap());
        let range = Some(Range { start: position(start), end: position(end) });
        now.replace_range(start..end, text);
        self.version += 1;
        let change = TextDocumentContentChangeEvent { range, range_length: None, text: text.to_owned() };
        assert!(self.world.change(&uri, self.version, vec![change]));
        assert_eq!(&*self.world.documents.get(path).unwrap().text, now.as_str(), "{}", path.display());
    }

    /// Puts a whole text in the place of the one there is.
    pub(crate) fn set(&mut self, path: &Path, text: &str) {
        self.edit(path, 0, self.texts[path].len(), text);
    }

    /// Closes a file, which then is on disk as it was at the beginning.
    pub(crate) fn close(&mut self, path: &Path, on_disk: &str) {
        if self.world.documents.get(path).is_some() {
            self.world.close(self.system.files.as_ref(), &Url::from_file_path(path).unwrap());
            self.texts.insert(path.to_owned(), on_disk.to_owned());
        }
    }

    /// What the server says of all files, in order.
    pub(crate) fn server_says(&mut self) -> Vec<Said> {
        self.said(|_| true)
    }

    /// The same of the network alone, without what is said of open files that it does not read.
    pub(crate) fn server_says_of_network(&mut self) -> Vec<Said> {
        self.said(|root| matches!(root, Root::Configured(..)))
    }

    fn said(&mut self, counts: fn(&Root) -> bool) -> Vec<Said> {
        let mut analysis = self.analyst.analyse(&self.world, &Arc::default()).expect("nobody cancels");
        analysis.networks.retain(|it| counts(&it.root));
        assert_eq!(analysis.troubles, Vec::<String>::new());
        let mut all = Vec::new();
        for (path, items) in diagnostics::of_files(&analysis) {
            for item in items {
                let text = self.texts.get(&path);
                let text = text.unwrap_or_else(|| panic!("{}: {item:?} is in no file of it", path.display()));
                let lines = LineIndex::new(text);
                let place = |at: Position| {
                    let found = lines.position(text, Encoding::Utf16.offset(text, &lines, at));
                    [found.line, found.column]
                };
                let ([line, column], [end_line, end_column]) =
                    (place(item.range.start), place(item.range.end));
                let code = match item.code {
                    Some(NumberOrString::String(code)) => code,
                    other => panic!("a finding has a check: {other:?}"),
                };
                let level = match item.severity {
                    Some(lsp_types::DiagnosticSeverity::ERROR) => "error",
                    Some(lsp_types::DiagnosticSeverity::WARNING) => "warning",
                    _ => "hint",
                };
                let file = path.strip_prefix(&self.folder).unwrap_or(&path).display().to_string();
                all.push((file, code, level.to_owned(), [line, column, end_line, end_column], item.message));
            }
        }
        all.sort();
        all
    }

    /// What `check --format json` says of the same texts, from the beginning.
    pub(crate) fn check_says(&self) -> Vec<Said> {
        let system = system(&self.folder, &self.texts);
        let (stdout, stderr) = (Written::default(), Written::default());
        let mut ui = Ui::new(stdout.clone(), stderr.clone(), system.terminal);
        let words = ["nixwright", "check", "--format", "json"].into_iter();
        let words = words.chain(self.inputs.iter().map(String::as_str)).map(Into::into);
        let _ = cli::run(&system, &mut ui, words);
        drop(ui);
        let text = String::from_utf8(stdout.0.lock().unwrap().clone()).unwrap();
        let said: serde_json::Value = serde_json::from_str(&text).unwrap_or_else(|error| {
            panic!("{error}: {}", String::from_utf8_lossy(&stderr.0.lock().unwrap()))
        });
        let word =
            |finding: &serde_json::Value, name: &str| finding[name].as_str().unwrap_or_default().to_owned();
        let number = |finding: &serde_json::Value, name: &str| {
            u32::try_from(finding[name].as_u64().expect("a place has numbers")).unwrap()
        };
        let findings = said["findings"].as_array().expect("the report has findings").iter();
        let mut all: Vec<Said> = findings
            .map(|it| {
                let message = match it["help"].as_str() {
                    Some(help) => format!("{}\n{help}", word(it, "message")),
                    None => word(it, "message"),
                };
                let place = ["line", "column", "endLine", "endColumn"].map(|name| number(it, name));
                (word(it, "file"), word(it, "id"), word(it, "level"), place, message)
            })
            .collect();
        all.sort();
        all.dedup();
        all
    }
}

/// A computer that has these files and no others.
fn system(folder: &Path, texts: &BTreeMap<PathBuf, String>) -> System {
    let mut files = OverlayFiles::alone();
    files.put("/examples/.git/HEAD", "");
    for (path, text) in texts {
        files.put(path, text);
    }
    let environment = Arc::new(Environment::fake(folder, []));
    System { files: Arc::new(files), environment, terminal: Terminal::default(), ..System::os() }
}

/// Numbers that look random and are the same every time.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % end.max(1)
    }
}

/// Where the tokens of a text are, near enough: names, numbers, and each other character that is no white space.
pub(crate) fn tokens(text: &str) -> Vec<(usize, usize)> {
    let is_word = |it: char| it.is_ascii_alphanumeric() || "_'-".contains(it);
    let mut tokens: Vec<(usize, usize)> = Vec::new();
    let mut in_word = false;
    for (at, it) in text.char_indices() {
        let end = at + it.len_utf8();
        match tokens.last_mut() {
            Some(last) if in_word && is_word(it) => last.1 = end,
            _ if !it.is_whitespace() => tokens.push((at, end)),
            _ => {}
        }
        in_word = is_word(it);
    }
    tokens
}
