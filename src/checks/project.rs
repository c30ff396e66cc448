//! `nixwright.toml`: what a project says about its checks. Reads a text and finds its file; checks nothing.
//!
//! It lies beside the network, or in the nearest folder above within the repository. What the command line says wins.

use std::ops::Range;
use std::path::{Path, PathBuf};

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::findings::{self, Finding, Level};
use crate::network::did_you_mean;
use crate::system::Files;
use crate::text::{Sources, Span};

use super::globs::Glob;
use super::{all, find};

/// The name of the file.
pub const PROJECT_FILE: &str = "nixwright.toml";

/// What the words for levels mean; nothing turns a check off.
const LEVELS: [(&str, Option<Level>); 4] = [
    ("off", None),
    ("hint", Some(Level::Hint)),
    ("warning", Some(Level::Warning)),
    ("error", Some(Level::Error)),
];

/// Where the schema of options is from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OptionsFrom {
    Auto,
    Nowhere,
    File(PathBuf),
}

/// Levels by the names of checks; nothing turns a check off.
pub type Named = Vec<(&'static str, Option<Level>)>;

/// What a project says.
#[derive(Clone, Debug, Default)]
pub struct Project {
    /// The folder of the file, to which paths in it are relative.
    pub folder: PathBuf,
    pub deny_warnings: bool,
    pub options: Option<OptionsFrom>,
    /// The file with the findings that are known and do not count.
    pub baseline: Option<PathBuf>,
    /// Findings in these files are not reported.
    pub ignore: Vec<Glob>,
    /// What holds everywhere.
    pub levels: Named,
    /// The same in some files; of several that fit, the last counts.
    pub paths: Vec<(Glob, Named)>,
}

impl Project {
    pub(super) fn is_silent(&self) -> bool {
        self.ignore.is_empty() && self.levels.is_empty() && self.paths.is_empty()
    }

    /// A path as patterns see it; nothing for one that lies elsewhere.
    fn inside<'a>(&self, path: &'a Path) -> Option<&'a str> {
        path.strip_prefix(&self.folder).ok()?.to_str()
    }

    pub(super) fn ignores(&self, path: &Path) -> bool {
        self.inside(path).is_some_and(|path| self.ignore.iter().any(|it| it.fits(path)))
    }

    /// What is said of a check in this file: the last path that fits, else what holds everywhere.
    pub(super) fn level(&self, id: &str, path: &Path) -> Option<Option<Level>> {
        let said = |levels: &[(&str, Option<Level>)]| {
            levels.iter().rev().find(|(name, _)| *name == id).map(|(_, level)| *level)
        };
        let here = self.inside(path).and_then(|path| {
            let fitting = self.paths.iter().rev().filter(|(glob, _)| glob.fits(path));
            fitting.map(|(_, levels)| said(levels)).find(Option::is_some).flatten()
        });
        here.or_else(|| said(&self.levels))
    }
}

/// The file of the project that an input belongs to: beside it, or above it up to where the repository begins.
pub fn project_file(files: &dyn Files, input: &Path) -> Option<PathBuf> {
    let is_folder = files.kind(input).is_ok_and(|kind| kind == crate::system::FileKind::Folder);
    let folder = if is_folder { input } else { input.parent()? };
    let file = |folder: &Path| Some(folder.join(PROJECT_FILE)).filter(|it| files.kind(it).is_ok());
    let root = folder.ancestors().find(|it| files.kind(&it.join(".git")).is_ok());
    let Some(root) = root else { return file(folder) };
    folder.ancestors().take_while(|it| it.starts_with(root)).find_map(file)
}

/// Reads the text of the file; all that is wrong in it where something is.
pub fn read_project(sources: &mut Sources, path: &Path, text: &str) -> Result<Project, Vec<Finding>> {
    let file = sources.add(path, text);
    let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    let mut reader = Reader {
        place: &|range| Span::new(file, offset(range.start), offset(range.end)),
        project: Project { folder: path.parent().unwrap_or(path).to_owned(), ..Project::default() },
        wrong: Vec::new(),
    };
    let (table, errors) = DeTable::parse_recoverable(text);
    for error in errors {
        let at = error.span().unwrap_or(text.len()..text.len());
        reader.complain(at, error.message().to_owned(), None);
    }
    if reader.wrong.is_empty() {
        reader.file(table.get_ref());
    }
    findings::sort(&mut reader.wrong);
    if reader.wrong.is_empty() { Ok(reader.project) } else { Err(reader.wrong) }
}

struct Reader<'a> {
    place: &'a dyn Fn(Range<usize>) -> Span,
    project: Project,
    wrong: Vec<Finding>,
}

type Value<'i> = Spanned<DeValue<'i>>;

impl Reader<'_> {
    fn complain(&mut self, at: Range<usize>, message: String, help: Option<String>) {
        let mut finding = Finding::new("nixwright-toml", Level::Error, (self.place)(at), message);
        finding.help = help;
        self.wrong.push(finding);
    }

    /// A name that does not stand for anything.
    fn unknown(&mut self, at: Range<usize>, message: String, written: &str, names: &[&str], all: &str) {
        let near = did_you_mean(written, names.iter().copied());
        self.complain(at, message, near.or_else(|| Some(all.to_owned())));
    }

    fn file(&mut self, table: &DeTable<'_>) {
        const NAMES: [&str; 3] = ["check", "checks", "paths"];
        for (key, value) in table {
            let name = key.get_ref().as_ref();
            match name {
                "check" => self.table(name, value, Self::check),
                "checks" => {
                    self.table(name, value, |reader, table| {
                        let levels = reader.levels(table);
                        reader.project.levels = levels;
                    });
                }
                "paths" => self.table(name, value, Self::paths),
                _ => {
                    let message = format!("`{PROJECT_FILE}` has nothing called `{name}`");
                    self.unknown(key.span(), message, name, &NAMES, "it has `check`, `checks` and `paths`");
                }
            }
        }
    }

    fn table(&mut self, name: &str, value: &Value<'_>, read: impl FnOnce(&mut Self, &DeTable<'_>)) {
        match value.get_ref() {
            DeValue::Table(table) => read(self, table),
            _ => self.complain(value.span(), format!("`{name}` must be a table: `[{name}]`"), None),
        }
    }

    fn check(&mut self, table: &DeTable<'_>) {
        const NAMES: [&str; 4] = ["baseline", "deny-warnings", "ignore", "options"];
        for (key, value) in table {
            let name = key.get_ref().as_ref();
            match (name, value.get_ref()) {
                ("baseline", DeValue::String(file)) => {
                    self.project.baseline = Some(self.project.folder.join(file.as_ref()));
                }
                ("baseline", _) => {
                    self.complain(value.span(), "`baseline` must be the path of a file".to_owned(), None);
                }
                ("deny-warnings", DeValue::Boolean(deny)) => self.project.deny_warnings = *deny,
                ("deny-warnings", _) => {
                    self.complain(value.span(), "`deny-warnings` must be true or false".to_owned(), None);
                }
                ("options", DeValue::String(text)) => {
                    self.project.options = Some(match text.as_ref() {
                        "auto" => OptionsFrom::Auto,
                        "none" => OptionsFrom::Nowhere,
                        file => OptionsFrom::File(self.project.folder.join(file)),
                    });
                }
                ("options", _) => {
                    let message = "`options` must be \"auto\", \"none\" or the path of a file".to_owned();
                    self.complain(value.span(), message, None);
                }
                ("ignore", DeValue::Array(items)) => {
                    for item in items {
                        match item.get_ref() {
                            DeValue::String(pattern) => self.project.ignore.push(Glob::new(pattern)),
                            _ => self.complain(
                                item.span(),
                                "`ignore` must be a list of strings".to_owned(),
                                None,
                            ),
                        }
                    }
                }
                ("ignore", _) => {
                    self.complain(value.span(), "`ignore` must be a list of strings".to_owned(), None);
                }
                _ => {
                    let message = format!("`check` has nothing called `{name}`");
                    let all = "it has `baseline`, `deny-warnings`, `ignore` and `options`";
                    self.unknown(key.span(), message, name, &NAMES, all);
                }
            }
        }
    }

    fn paths(&mut self, table: &DeTable<'_>) {
        // The table is sorted by name; what counts is the order in the file.
        let mut entries: Vec<_> = table.iter().collect();
        entries.sort_by_key(|(key, _)| key.span().start);
        for (key, value) in entries {
            let DeValue::Table(table) = value.get_ref() else {
                let message = "the checks of a path must be a table".to_owned();
                self.complain(value.span(), message, None);
                continue;
            };
            let levels = self.levels(table);
            self.project.paths.push((Glob::new(key.get_ref()), levels));
        }
    }

    fn levels(&mut self, table: &DeTable<'_>) -> Named {
        let mut levels = Vec::new();
        for (key, value) in table {
            let name = key.get_ref().as_ref();
            let Some(check) = find(name) else {
                let names: Vec<&str> = all().iter().map(|check| check.id).collect();
                let message = format!("there is no check called `{name}`");
                self.unknown(key.span(), message, name, &names, "`nixwright explain` lists the checks");
                continue;
            };
            let word = match value.get_ref() {
                DeValue::String(word) => word.as_ref(),
                _ => "",
            };
            match LEVELS.iter().find(|(name, _)| *name == word) {
                Some((_, level)) => levels.push((check.id, *level)),
                None => {
                    let message = format!("the level of `{name}` must be one of the four");
                    let names = LEVELS.map(|(name, _)| name);
                    let all = "write \"off\", \"hint\", \"warning\" or \"error\"";
                    self.unknown(value.span(), message, word, &names, all);
                }
            }
        }
        levels
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::system::OverlayFiles;

    fn read(text: &str) -> Result<Project, Vec<String>> {
        let mut sources = Sources::default();
        read_project(&mut sources, Path::new("/net/nixwright.toml"), text).map_err(|wrong| {
            let line = |it: &Finding| {
                let at = sources.position(it.span);
                let help = it.help.as_deref().unwrap_or_default();
                format!("{}:{}: {}; {help}", at.line, at.column, it.message)
            };
            wrong.iter().map(line).collect()
        })
    }

    #[test]
    fn a_project_says_what_it_wants() {
        let project = read(
            "[check]\nbaseline = \"known.json\"\ndeny-warnings = true\noptions = \"options.json\"\nignore = [\"generated/*.nix\"]\n\
             [checks]\ntarget-port = \"off\"\n[paths.\"test/**\"]\ntarget-host-placeholder = \"hint\"\n",
        )
        .unwrap();
        assert!(project.deny_warnings);
        assert_eq!(project.baseline, Some("/net/known.json".into()));
        assert_eq!(project.options, Some(OptionsFrom::File("/net/options.json".into())));
        assert_eq!(project.levels, [("target-port", None)]);
        assert!(project.ignore[0].fits("generated/a.nix") && !project.ignore[0].fits("generated/a/b.nix"));
        assert_eq!(project.paths[0].1, [("target-host-placeholder", Some(Level::Hint))]);
        assert!(project.paths[0].0.fits("test/a/b.nix"));
        let project =
            read("[paths]\n\"z.nix\" = { no-machines = \"off\" }\n\"*\" = { no-machines = \"hint\" }\n")
                .unwrap();
        assert_eq!(project.level("no-machines", Path::new("/net/z.nix")), Some(Some(Level::Hint)));
    }

    #[test]
    fn all_that_is_wrong_is_told_in_its_place() {
        let wrong = read(
            "[chekcs]\n[check]\ndeny-warning = true\nignore = 1\nbaseline = 1\n[checks]\ntarget-prot = \"off\"\ntarget-port = \"warn\"\n",
        )
        .unwrap_err();
        assert_eq!(
            wrong,
            [
                "1:2: `nixwright.toml` has nothing called `chekcs`; did you mean `checks`?",
                "3:1: `check` has nothing called `deny-warning`; did you mean `deny-warnings`?",
                "4:10: `ignore` must be a list of strings; ",
                "5:12: `baseline` must be the path of a file; ",
                "7:1: there is no check called `target-prot`; did you mean `target-port`?",
                "8:15: the level of `target-port` must be one of the four; write \"off\", \"hint\", \"warning\" or \"error\"",
            ]
        );
        assert_eq!(read("[check\nx = 1").unwrap_err().len(), 1);
    }

    #[test]
    fn the_file_lies_beside_the_network_or_above_it_in_the_repository() {
        let mut files = OverlayFiles::alone();
        files.put("/a/nixwright.toml", "");
        files.put("/a/b/.git/HEAD", "");
        files.put("/a/b/nixwright.toml", "");
        files.put("/a/b/c/d/network.nix", "");
        files.put("/a/e/network.nix", "");
        files.put("/a/network.nix", "");
        let found = |input: &str| project_file(&files, Path::new(input));
        assert_eq!(found("/a/b/c/d/network.nix"), Some("/a/b/nixwright.toml".into()));
        assert_eq!(found("/a/b/c"), Some("/a/b/nixwright.toml".into()));
        assert_eq!(found("/a/e/network.nix"), None);
        assert_eq!(found("/a/network.nix"), Some("/a/nixwright.toml".into()));
    }
}
