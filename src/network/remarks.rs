//! What Nix said of a network, each in the place of the user's files that it is about.
//!
//! Nix names files, lines and columns, and of options their paths and the files that define them; from these the place
//! to blame is found: the definition of the option that is named, else the innermost frame in a file of the user's own,
//! else the machine. Starts nothing; reads only files that Nix named.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::Request;
use super::model::Network;
use crate::eval::attr_path;
use crate::system::FileKind;
use crate::text::{FileId, Span};

/// What Nix said, as it said it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    pub kind: RemarkKind,
    pub machine: Option<String>,
    pub text: String,
    /// Where it said so, innermost first.
    pub frames: Vec<Frame>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RemarkKind {
    /// Evaluation failed.
    Failure,
    /// An assertion of a module does not hold.
    Assertion,
    /// A module warns.
    Warning,
}

/// A line of a trace.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frame {
    pub text: String,
    pub at: Option<Position>,
}

/// A place in a file, as Nix counts: from one; line 0 is the whole file.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
pub struct Position {
    pub file: PathBuf,
    pub line: u32,
    pub column: u32,
}

/// What Nix said, in its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    pub kind: RemarkKind,
    pub machine: Option<String>,
    pub at: Span,
    pub message: String,
    /// What Nix said besides.
    pub help: Option<String>,
    pub labels: Vec<(Span, String)>,
}

/// Labels shown of a long trace. The innermost ones say most.
const MOST_LABELS: usize = 3;

/// Lines shown of what Nix said besides its first one.
const MOST_LINES: usize = 12;

impl Network {
    /// Takes what Nix said into the model. `request` is what the network was loaded with.
    pub fn tell(&mut self, request: &Request, told: &[Told]) {
        let options: Vec<Vec<String>> = told.iter().flat_map(named_options).collect();
        // The definitions of options that nobody asked for before.
        let defined = (!options.is_empty()).then(|| {
            let mut request = request.clone();
            request.more_options.extend(options);
            Network::load(&request).ok()
        });
        let defined = defined.flatten();
        let mut remarks = Vec::new();
        for it in told {
            let Some((at, labels)) = self.place(request, defined.as_ref(), it) else { continue };
            let (message, help) = sentences(&it.text);
            remarks.push(Remark { kind: it.kind, machine: it.machine.clone(), at, message, help, labels });
        }
        self.remarks = Some(remarks);
    }

    fn place(
        &mut self,
        request: &Request,
        defined: Option<&Network>,
        told: &Told,
    ) -> Option<(Span, Vec<(Span, String)>)> {
        let mut places = self.definitions_named(request, defined, told, &told.text);
        if places.is_empty() {
            places = self.frames(request, told);
        }
        if places.is_empty() && told.kind == RemarkKind::Failure {
            let texts: Vec<&str> = told.frames.iter().map(|it| it.text.as_str()).collect();
            // A frame names the file, one of the next ones the option.
            let first = texts.iter().position(|it| {
                quoted_files(it).iter().any(|file| self.own(request, Path::new(file)).is_some())
            });
            if let Some(first) = first {
                let option = texts[first..].iter().find(|it| named_option(it).is_some());
                let text = format!("{}\n{}", option.unwrap_or(&""), texts[first]);
                places = self.definitions_named(request, defined, told, &text);
            }
        }
        if places.is_empty() {
            places = self.files_named(request, &told.text);
        }
        let mut places = places.into_iter();
        let machine = || self.machine(told.machine.as_deref()?)?.at();
        let at = places.next().map(|(at, _)| at).or_else(machine).or_else(|| self.start())?;
        let mut labels: Vec<(Span, String)> = Vec::new();
        for (place, text) in places {
            if place != at && labels.iter().all(|(it, _)| *it != place) && labels.len() < MOST_LABELS {
                labels.push((place, text));
            }
        }
        Some((at, labels))
    }

    /// The frames in files of the user's own.
    fn frames(&mut self, request: &Request, told: &Told) -> Vec<(Span, String)> {
        let mut places = Vec::new();
        for frame in &told.frames {
            let Some(at) = &frame.at else { continue };
            let Some(file) = self.own(request, &at.file) else { continue };
            let span =
                if at.line > 0 { self.token(file, at.line, at.column) } else { self.words(file, &told.text) };
            places.extend(span.map(|it| (it, quotes(&frame.text))));
        }
        places
    }

    /// Where the option that a message names is defined, in the files that it names, too.
    fn definitions_named(
        &mut self,
        request: &Request,
        defined: Option<&Network>,
        told: &Told,
        text: &str,
    ) -> Vec<(Span, String)> {
        let (Some(defined), Some(option)) = (defined, named_option(text)) else { return Vec::new() };
        let mut places = Vec::new();
        for file in quoted_files(text) {
            let Some(own) = self.own(request, Path::new(file)) else { continue };
            let path = self.sources.path(own).to_owned();
            let machines = defined
                .machines
                .iter()
                .filter(|it| told.machine.as_deref().is_none_or(|name| name == it.name.as_str()));
            let definitions = machines.flat_map(|it| &it.definitions).filter(|it| {
                it.path.iter().map(AsRef::as_ref).eq(option.iter().map(String::as_str))
                    && defined.sources.path(it.at.file) == path
            });
            // The same file has the same text: it was read a moment ago.
            places.extend(
                definitions.map(|it| (Span { file: own, ..it.at }, "it is defined here as well".to_owned())),
            );
        }
        places
    }

    /// Where the files that a message names write the option that it names: for files that nothing was known of.
    fn files_named(&mut self, request: &Request, text: &str) -> Vec<(Span, String)> {
        let Some(option) = named_option(text) else { return Vec::new() };
        let mut places = Vec::new();
        for named in quoted_files(text) {
            let Some(file) = self.own(request, Path::new(named)) else { continue };
            let source = &self.sources.file(file).text;
            // The more of its path is written in one piece, the surer it is meant.
            let mut pieces = (0..option.len()).map(|from| option[from..].join("."));
            let found =
                pieces.find_map(|piece| source.find(&piece).map(|at| span(file, at, at + piece.len())));
            let at = found.unwrap_or_else(|| super::model::first_code(&self.sources, file));
            places.push((at, "it is defined here as well".to_owned()));
        }
        places
    }

    /// A file that the user wrote: one that was read without Nix, or one beside those that were given which is no part
    /// of a nixpkgs.
    fn own(&mut self, request: &Request, path: &Path) -> Option<FileId> {
        let files = request.files.as_ref();
        let path = files.canonicalize(path).unwrap_or_else(|_| path.to_owned());
        if let Some(file) = self.sources.find(&path).filter(|it| self.files.contains(it)) {
            return Some(file);
        }
        let folders = self.inputs.iter().filter_map(|it| self.sources.path(it.file).parent());
        let near = folders.into_iter().any(|it| path.starts_with(it));
        let in_nixpkgs = || {
            path.ancestors().any(|it| {
                files.kind(&it.join("nixos/lib/eval-config.nix")).is_ok_and(|kind| kind == FileKind::Regular)
            })
        };
        if !near || in_nixpkgs() {
            return None;
        }
        let (path, text) = super::readable(files, &path, &path).ok()?;
        Some(Arc::make_mut(&mut self.sources).add(path, text))
    }

    /// The word that begins at a place.
    fn token(&self, file: FileId, line: u32, column: u32) -> Option<Span> {
        let source = self.sources.file(file);
        let range = source.lines().line_range(&source.text, line)?;
        let mut start = range.start + (column.max(1) - 1) as usize;
        start = start.min(range.end);
        while !source.text.is_char_boundary(start) {
            start -= 1;
        }
        let rest = source.text.get(start..range.end)?.trim_end_matches('\n');
        let is_word = |it: char| it.is_alphanumeric() || "_'-".contains(it);
        let length = match rest.chars().next() {
            Some('"') => rest[1..].find('"').map_or(1, |at| at + 2),
            Some(first) if is_word(first) => rest.find(|it| !is_word(it)).unwrap_or(rest.len()),
            first => first.map_or(0, char::len_utf8),
        };
        Some(span(file, start, start + length))
    }

    /// Where a file says these words, or sets `warnings`.
    fn words(&self, file: FileId, text: &str) -> Option<Span> {
        let source = &self.sources.file(file).text;
        let line = text.lines().map(str::trim).find(|it| !it.is_empty())?;
        let found = |words: &str| {
            let mut places = source.match_indices(words).map(|(at, _)| at);
            places.next().map(|at| span(file, at, at + words.len()))
        };
        found(line).or_else(|| found("warnings"))
    }
}

fn span(file: FileId, start: usize, end: usize) -> Span {
    let offset = |at: usize| u32::try_from(at).expect("a file is smaller than 4 GiB");
    Span::new(file, offset(start), offset(end))
}

fn named_options(told: &Told) -> Vec<Vec<String>> {
    if told.kind != RemarkKind::Failure {
        return Vec::new();
    }
    // Of the frames, only the innermost options can be meant.
    let frames = told.frames.iter().filter_map(|it| named_option(&it.text)).take(MOST_LABELS);
    named_option(&told.text).into_iter().chain(frames).collect()
}

/// The option that a message of the module system is about.
fn named_option(text: &str) -> Option<Vec<String>> {
    let words = ["The option `", "for option `", "The unique option `", "The option value `", "the option `"];
    let rest = words.iter().find_map(|word| Some(text.split_once(word)?.1))?;
    let name = rest.split(['\'', '`', '\n']).next()?;
    let path = attr_path(name);
    // Elements of lists and parts of submodules are told with the option that holds them.
    let known: Vec<String> =
        path.into_iter().take_while(|it| !it.is_empty() && !it.starts_with(['[', '<', '*'])).collect();
    (!known.is_empty()).then_some(known)
}

/// Files in the quotes of Nix: `` `/path' ``.
fn quoted_files(text: &str) -> Vec<&str> {
    let pieces = text.split('`').skip(1).filter_map(|it| it.split(['\'', '`', '\n']).next());
    pieces.filter(|it| it.starts_with('/')).collect()
}

/// Nix's quotes `` `x' `` as those that messages have here.
fn quotes(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, inside)) = rest.split_once('`') {
        out.push_str(before);
        out.push('`');
        match inside.find(['\'', '`', '\n']) {
            Some(end) if !inside[end..].starts_with('\n') => {
                out.push_str(&inside[..end]);
                out.push('`');
                rest = &inside[end + 1..];
            }
            _ => rest = inside,
        }
    }
    out.push_str(rest);
    out
}

/// The first sentence of what Nix said, and the rest.
fn sentences(text: &str) -> (String, Option<String>) {
    let text = quotes(text);
    let mut lines = text.lines().map(str::trim_end).filter(|it| !it.trim().is_empty());
    let first = lines.next().unwrap_or("Nix said nothing").trim();
    let first = first.strip_suffix("Definition values:").unwrap_or(first).trim();
    let message = first.trim_end_matches(['.', ':']).to_owned();
    let rest: Vec<&str> = lines.collect();
    // What to do says more than what is pictured anyway.
    if let Some(hint) = rest.iter().find(|it| it.trim_start().starts_with("Did you mean")) {
        return (message, Some(hint.trim().to_owned()));
    }
    let mut shown: Vec<&str> = rest.iter().take(MOST_LINES).copied().collect();
    if rest.len() > MOST_LINES {
        shown.push("…");
    }
    (message, (!shown.is_empty()).then(|| shown.join("\n")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::system::OverlayFiles;

    fn told(kind: RemarkKind, text: &str, frames: &[(&str, &str, u32, u32)]) -> Told {
        let frames = frames.iter().map(|(text, file, line, column)| Frame {
            text: (*text).to_owned(),
            at: (!file.is_empty()).then(|| Position { file: file.into(), line: *line, column: *column }),
        });
        Told { kind, machine: Some("web".to_owned()), text: text.to_owned(), frames: frames.collect() }
    }

    const TEXT: &str = "{
  web = { lib, ... }: {
    imports = [ ./web.nix ];
    services.nginx.enable = \"yes\";
    networking.domain = lib.foo;
    warnings = [ \"mind the gap\" ];
  };
}
";

    /// The text that is blamed, and the labelled ones.
    fn blamed(it: Told) -> (String, Vec<String>) {
        let mut files = OverlayFiles::alone();
        files.put("/net/network.nix", TEXT);
        files.put("/net/web.nix", "{ services.nginx.enable = 1; }");
        files.put("/net/unread.nix", "{ services = { nginx.enable = 1; }; }");
        files.put("/net/computed.nix", "import ./elsewhere.nix");
        let request = Request::new(Arc::new(files), vec![PathBuf::from("/net/network.nix")]);
        let mut network = Network::load(&request).unwrap();
        network.tell(&request, &[it]);
        let remark = network.remarks.clone().unwrap().remove(0);
        let slice = |at: Span| network.sources().slice(at).to_owned();
        (slice(remark.at), remark.labels.iter().map(|(at, _)| slice(*at)).collect())
    }

    #[test]
    fn the_definition_of_an_option_is_blamed_where_the_message_names_it() {
        let text = "A definition for option `services.nginx.enable' is not of type `boolean'. Definition values:\n\
                    - In `/net/web.nix': 1\n- In `/net/network.nix': \"yes\"";
        let frame = ("while evaluating x", "/nixpkgs/lib/modules.nix", 3, 1);
        let found = blamed(told(RemarkKind::Failure, text, &[frame]));
        assert_eq!(found, ("enable".to_owned(), vec!["enable".to_owned()]));
        let message = sentences(text).0;
        assert_eq!(message, "A definition for option `services.nginx.enable` is not of type `boolean`");
    }

    #[test]
    fn otherwise_it_is_the_innermost_frame_of_the_users_own_then_a_definition_that_frames_name_then_the_machine()
     {
        let library = ("while calling x", "/nixpkgs/lib/modules.nix", 3, 1);
        let own = ("", "/net/network.nix", 5, 25);
        let outer = ("from call site", "/net/network.nix", 2, 9);
        let found = blamed(told(RemarkKind::Failure, "attribute 'foo' missing", &[library, own, outer]));
        assert_eq!(found, ("lib".to_owned(), vec!["{".to_owned()]));

        let named = [
            library,
            ("while evaluating definitions from `/net/network.nix':", "", 0, 0),
            ("while evaluating the option `networking.domain':", "", 0, 0),
        ];
        assert_eq!(blamed(told(RemarkKind::Failure, "infinite recursion", &named)).0, "domain");
        assert_eq!(blamed(told(RemarkKind::Failure, "something", &[library])).0, "web");
    }

    #[test]
    fn files_that_nothing_was_known_of_are_blamed_where_they_write_the_option() {
        let text = "A definition for option `services.nginx.enable' is not of type `boolean'. Definition values:\n\
                    - In `/net/unread.nix': 1\n- In `/net/computed.nix': \"yes\"";
        let found = blamed(told(RemarkKind::Failure, text, &[]));
        assert_eq!(found, ("nginx.enable".to_owned(), vec!["i".to_owned()]));
    }

    #[test]
    fn a_warning_is_blamed_where_it_is_written() {
        let at = ("", "/net/network.nix", 0, 0);
        assert_eq!(blamed(told(RemarkKind::Warning, "mind the gap", &[at])).0, "mind the gap");
        assert_eq!(blamed(told(RemarkKind::Warning, "computed", &[at])).0, "warnings");
    }

    #[test]
    fn what_nix_says_becomes_a_sentence_and_help() {
        let text = "The option `services.ngnix' does not exist. Definition values:\n- In `/a': 1\n\nDid you mean `b'?";
        let (message, help) = sentences(text);
        assert_eq!(message, "The option `services.ngnix` does not exist");
        assert_eq!(help.as_deref(), Some("Did you mean `b`?"));
        assert_eq!(quotes("it's `b' and `c`"), "it's `b` and `c`");
    }
}
