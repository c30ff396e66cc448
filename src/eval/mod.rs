//! The lazy partial evaluator of the Nix language.
//!
//! Reads files through the [`Files`] it is handed, inside the allowed roots, and records every read. Starts no
//! process, opens no connection, writes nothing. What cannot be known is [`Value::Unknown`] with a reason; what Nix
//! would fail on is an [`EvalError`], kept as data, and met only by whoever forces it. Nothing here panics on any
//! input, and steps, memory and depth are bounded.
//!
//! ```
//! use std::sync::Arc;
//! use nixwright::eval::{Evaluator, Settings};
//! use nixwright::system::OsFiles;
//!
//! let mut eval = Evaluator::new(Arc::new(OsFiles), Settings::default());
//! let network = eval.eval_text("<network>", "{ web = { targetHost = \"10.0.0.${toString 1}\"; x = throw \"no\"; }; }");
//! let web = eval.select(network, "web").unwrap();
//! let host = eval.select(web, "targetHost").unwrap();
//! assert_eq!(eval.string(host).unwrap(), "10.0.0.1");
//! // An error is met only by whoever forces it, and says where it is.
//! let stop = eval.select(web, "x").unwrap_err();
//! assert_eq!(eval.error_of(stop).unwrap().message, "no");
//! // Known attributes of a set, with the place of each definition.
//! for attribute in eval.attrs(web).unwrap().attributes {
//!     let _ = (eval.name(attribute.name).to_owned(), attribute.defined);
//! }
//! ```
//!
//! # How callers use it
//! - [`Evaluator::import`] or [`Evaluator::eval_text`] give a value; [`Evaluator::force`] its weak head normal form, or a
//!   [`Stop`]: an error ([`Evaluator::error_of`]) or unknown ([`Evaluator::unknown_of`]).
//! - [`Evaluator::attrs`], [`Evaluator::select`], [`Evaluator::list`], [`Evaluator::string`], [`Evaluator::call`] look inside;
//!   each forces only what it names.
//! - [`Evaluator::make_attrs`] and its neighbours build what functions are called with; [`Evaluator::make_native`] makes a
//!   function out of a closure, [`Evaluator::make_lazy`] a value that is computed when somebody asks.
//! - Sets and lists can be *open*: they have at least the attributes or elements they show.
//!   [`AttrsView::open`] says why there may be more.
//! - [`Evaluator::flake`] evaluates the flake in a folder: its outputs are attributes of what it gives, inputs come
//!   from disk, [`Settings::inputs`], or are known by name only. [`Evaluator::made_by`] gives the arguments of
//!   `nixosSystem` and `makeHive` behind a value.

mod access;
mod ahead;
mod answers;
mod attr_path;
mod besides;
mod branches;
mod budget;
mod builtins;
mod call;
mod chains;
mod coerce;
mod compare;
mod conditions;
mod contexts;
mod core;
mod errors;
mod excuses;
mod files;
mod flakes;
mod handed_on;
mod heap;
mod interpolation;
mod json;
mod layers;
mod library_hook;
mod make;
mod nesting;
mod nixpkgs_lib;
mod parses;
mod paths;
mod print;
mod program;
mod regions;
mod sets;
mod store;
mod touches;
mod unknowns;
mod uses;
mod xml;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use rustc_hash::FxHashMap;

pub use access::{Attribute, AttrsView, ListView};
pub use attr_path::{NotThere, attr_path};
pub use conditions::{Conditional, ConditionalPlace};
pub use files::{Access, Read};
pub use flakes::Maker;
use heap::Heap;
pub use library_hook::LibraryHook;
pub use parses::Parses;
pub use print::{Printed, print_name, written_name, written_string};
use program::{Interned, Program};
pub use touches::{Asking, Touch};
pub use uses::{Selection, Uses};

use crate::syntax::{Allow, ExprId, Oddity, Parsed, Sym, Symbols, SyntaxError};
use crate::system::Files;
use crate::text::{FileId, Sources, Span};
use crate::value::{
    AttrsId, EnvId, ErrorId, EvalError, Stop, StringId, ThunkId, Unknown, UnknownId, Value, Why,
};

/// What evaluation gives: a value that is neither a thunk nor unknown, or why there is none.
pub type Evaluated<T = Value> = Result<T, Stop>;

/// What the evaluator may read and may spend, and what it is told about the world.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Folders whose files may be read; empty allows none. `/` allows all.
    pub allowed_roots: Vec<PathBuf>,
    /// `NIX_PATH`: prefixes (possibly empty) and folders.
    pub nix_path: Vec<(String, PathBuf)>,
    /// Whether nothing else is on the search path, so that what is not found on it certainly is not there.
    pub nix_path_complete: bool,
    /// A nixpkgs on disk, which then is `<nixpkgs>`.
    pub nixpkgs: Option<PathBuf>,
    /// Inputs of flakes, and pins of niv, npins and lon, that are read from these folders.
    pub inputs: Vec<(String, PathBuf)>,
    /// `builtins.currentSystem`; unknown without it.
    pub current_system: Option<String>,
    /// Where `~/` points; such paths are unknown without it.
    pub home: Option<PathBuf>,
    /// Experiments of Nix that are switched on, by their names.
    pub experimental_features: Vec<String>,
    /// Environment variables that `builtins.getEnv` may see; all others are unknown.
    pub environment: FxHashMap<String, String>,
    /// Steps until evaluation stops with unknown values. A step takes some 20 ns in a release build.
    pub fuel: u64,
    /// Bytes in tables until evaluation stops the same way. The process needs up to twice as many, while a table grows.
    pub memory: usize,
    /// Whether a floor above may replace functions of the library's `modules.nix`.
    pub native_modules: bool,
    /// Set by another thread to stop evaluation soon: what is not known by then is unknown.
    pub cancel: Option<Arc<AtomicBool>>,
    /// Whether a second thread may read and parse files that will likely be imported. It changes nothing but time.
    pub read_ahead: bool,
    /// What earlier evaluations have parsed. It changes nothing but time.
    pub parses: Option<Arc<Parses>>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            allowed_roots: Vec::new(),
            nix_path: Vec::new(),
            nix_path_complete: false,
            nixpkgs: None,
            inputs: Vec::new(),
            current_system: None,
            home: None,
            experimental_features: Vec::new(),
            environment: FxHashMap::default(),
            fuel: 50_000_000,
            memory: 450 << 20,
            native_modules: true,
            cancel: None,
            read_ahead: true,
            parses: None,
        }
    }
}

/// A function of the program that embeds the evaluator.
pub type NativeFunction = Arc<dyn Fn(&mut Evaluator, Value) -> Evaluated + Send + Sync>;

/// What evaluation is doing, for traces.
#[derive(Clone, Copy, Debug)]
struct Doing {
    expr: ExprId,
    what: What,
}

#[derive(Clone, Copy, Debug)]
enum What {
    Call,
    Attribute(Sym),
}

/// One run: its sources, values, errors and unknowns.
pub struct Evaluator {
    files: Arc<dyn Files>,
    settings: Settings,
    /// The allowed roots without symlinks.
    real_roots: Vec<PathBuf>,
    /// Folders that were met, without symlinks.
    real_folders: FxHashMap<PathBuf, PathBuf>,
    sources: Sources,
    symbols: Symbols,
    program: Program,
    heap: Heap,
    store: store::Store,
    /// The string of each symbol, once somebody asked for it.
    symbol_strings: Vec<Option<StringId>>,
    /// The symbol of each string, once somebody asked for it.
    string_symbols: Vec<Option<Sym>>,
    /// Texts that are being put together, the innermost last.
    scratch: Vec<u8>,
    /// Bytes that somebody wanted since memory was last compared with its limit.
    asked: usize,
    /// Values of global names, by symbol.
    globals: Vec<Option<Value>>,
    registry: Vec<builtins::Builtin>,
    /// Why `builtins` may have more than we know: only names that some version of Nix gives.
    builtins_open: Option<UnknownId>,
    names: Names,
    unknowns: Vec<Unknown>,
    unknown_ids: Interned<Unknown, UnknownId>,
    /// Those that somebody asked for, in words.
    whys: FxHashMap<UnknownId, Why>,
    errors: Vec<EvalError>,
    /// What `addErrorContext` said of errors that passed it, innermost first.
    error_contexts: FxHashMap<ErrorId, Vec<Value>>,
    natives: Vec<(NativeFunction, String)>,
    /// What open sets say of names that they do not list.
    answers: FxHashMap<AttrsId, answers::Answer>,
    doing: Vec<Doing>,
    calls: u32,
    depth: u32,
    parts: u32,
    /// How often evaluation went on after something unknown, which may fail: `tryEval` would catch that.
    doubts: u64,
    /// How many unknown conditions evaluation stands under.
    may: u32,
    steps: u64,
    /// The step at which memory is compared with its limit again.
    next_look: u64,
    imports: FxHashMap<PathBuf, Value>,
    /// Once a file with many paths was read.
    ahead: Option<ahead::Ahead>,
    reads: Vec<Read>,
    /// The newest question of each hash.
    read_numbers: FxHashMap<u64, usize>,
    library_files: FxHashMap<FileId, ()>,
    syntax_errors: Vec<SyntaxError>,
    allows: Vec<(FileId, Allow)>,
    pipes: Vec<Span>,
    oddities: Vec<(FileId, Oddity)>,
    lib: Option<Value>,
    /// Of sets that are open because ours is a part of nixpkgs' library: the names that only nixpkgs has.
    library_gaps: FxHashMap<UnknownId, &'static [&'static str]>,
    flakes: flakes::Flakes,
    /// Which absent files are absent for a reason, and the errors about those that were met.
    excuse: Option<excuses::Excuse>,
    excused: Vec<ErrorId>,
    /// Names that open sets may have besides those they show, of sets of which that is known.
    besides: FxHashMap<AttrsId, Arc<[Sym]>>,
    library_hook: Option<LibraryHook>,
    detours: Vec<PathBuf>,
    links: Vec<PathBuf>,
    traced: Vec<String>,
}

/// Symbols that the evaluator itself asks for.
#[derive(Clone, Copy, Debug)]
struct Names {
    functor: Sym,
    to_string: Sym,
    out_path: Sym,
    drv_path: Sym,
    drv_attrs: Sym,
    all: Sym,
    name: Sym,
    value: Sym,
    kind: Sym,
    column: Sym,
    file: Sym,
    line: Sym,
    right: Sym,
    wrong: Sym,
    success: Sym,
    path: Sym,
    prefix: Sym,
    key: Sym,
    operator: Sym,
    start_set: Sym,
}

/// The outermost frame: it has no variables.
const TOP: EnvId = EnvId(0);

impl Evaluator {
    pub fn new(files: Arc<dyn Files>, settings: Settings) -> Self {
        let mut symbols = Symbols::default();
        // Sets are compared in the order of their names, which is that in which Nix met them: these before all others.
        for first in compare::FIRST_NAMES {
            symbols.intern(first);
        }
        let mut name = |text: &str| symbols.intern(text);
        let names = Names {
            functor: name("__functor"),
            to_string: name("__toString"),
            out_path: name("outPath"),
            drv_path: name("drvPath"),
            drv_attrs: name("drvAttrs"),
            all: name("all"),
            name: name("name"),
            value: name("value"),
            kind: name("type"),
            column: name("column"),
            file: name("file"),
            line: name("line"),
            right: name("right"),
            wrong: name("wrong"),
            success: name("success"),
            path: name("path"),
            prefix: name("prefix"),
            key: name("key"),
            operator: name("operator"),
            start_set: name("startSet"),
        };
        let mut settings = settings;
        // Where much was parsed already, nobody need read ahead.
        settings.read_ahead &= !settings.parses.as_ref().is_some_and(|it| it.is_warm());
        for (_, path) in &mut settings.inputs {
            *path = PathBuf::from(paths::canonical(&path.to_string_lossy()));
        }
        let inputs = settings.inputs.iter().map(|(_, path)| path);
        let roots = settings.allowed_roots.iter().chain(&settings.nixpkgs).chain(inputs);
        let real_roots = roots.filter_map(|root| files.canonicalize(root).ok()).collect();
        let mut evaluator = Self {
            files,
            settings,
            real_roots,
            real_folders: FxHashMap::default(),
            sources: Sources::default(),
            symbols,
            program: Program::default(),
            heap: Heap::with_room(),
            store: store::Store::default(),
            symbol_strings: Vec::new(),
            string_symbols: Vec::new(),
            scratch: Vec::new(),
            asked: 0,
            globals: Vec::new(),
            registry: Vec::new(),
            builtins_open: None,
            names,
            unknowns: Vec::new(),
            unknown_ids: Interned::default(),
            whys: FxHashMap::default(),
            errors: Vec::new(),
            error_contexts: FxHashMap::default(),
            natives: Vec::new(),
            answers: FxHashMap::default(),
            doing: Vec::new(),
            calls: 0,
            depth: 0,
            parts: 0,
            doubts: 0,
            may: 0,
            steps: 0,
            next_look: 0,
            imports: FxHashMap::default(),
            ahead: None,
            reads: Vec::new(),
            read_numbers: FxHashMap::default(),
            library_files: FxHashMap::default(),
            syntax_errors: Vec::new(),
            allows: Vec::new(),
            pipes: Vec::new(),
            oddities: Vec::new(),
            lib: None,
            library_gaps: FxHashMap::default(),
            flakes: flakes::Flakes::default(),
            excuse: None,
            excused: Vec::new(),
            besides: FxHashMap::default(),
            library_hook: None,
            detours: Vec::new(),
            links: Vec::new(),
            traced: Vec::new(),
        };
        evaluator.heap.env(TOP, 0);
        evaluator.register_builtins();
        evaluator
    }

    pub fn sources(&self) -> &Sources {
        &self.sources
    }

    /// For callers that read files of their own (JSON, locks) and want spans in them.
    pub fn sources_mut(&mut self) -> &mut Sources {
        &mut self.sources
    }

    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Syntax errors of every file that was read so far, the library's excepted.
    pub fn syntax_errors(&self) -> &[SyntaxError] {
        &self.syntax_errors
    }

    /// Comments that allow findings, in every file read so far.
    pub fn allows(&self) -> &[(FileId, Allow)] {
        &self.allows
    }

    /// Where pipe operators are used.
    pub fn pipes(&self) -> &[Span] {
        &self.pipes
    }

    /// What could be written better in the files that were read.
    pub fn oddities(&self) -> &[(FileId, Oddity)] {
        &self.oddities
    }

    /// Every question asked of the file system, in order, each once.
    pub fn reads(&self) -> &[Read] {
        &self.reads
    }

    /// What `builtins.trace` and `builtins.warn` would have printed.
    pub fn traced(&self) -> &[String] {
        &self.traced
    }

    /// Steps taken so far.
    pub fn steps(&self) -> u64 {
        self.steps
    }

    /// Gives evaluation its full fuel again: what was stopped before stays unknown, what comes is evaluated.
    pub fn refuel(&mut self) {
        self.steps = 0;
        self.next_look = 0;
    }

    /// The name behind a symbol.
    pub fn name(&self, sym: Sym) -> &str {
        self.symbols.name(sym)
    }

    pub fn intern(&mut self, name: &str) -> Sym {
        self.symbols.intern(name)
    }

    /// Evaluates a text that is no file. Relative paths in it start at `/`.
    pub fn eval_text(&mut self, name: &str, text: &str) -> Value {
        self.eval_text_in(name, text, Path::new("/"))
    }

    /// Evaluates a text whose relative paths start at `folder`.
    pub fn eval_text_in(&mut self, name: &str, text: &str, folder: &Path) -> Value {
        let file = self.sources.add(name, text);
        self.load(file, folder, false)
    }

    /// Evaluates code that the caller has parsed, and perhaps changed. Its places are in `text`.
    pub fn eval_parsed(&mut self, path: &Path, text: &str, parsed: Parsed, folder: &Path) -> Value {
        let file = self.sources.add(path, text);
        self.load_parsed(file, folder, false, &parsed, TOP)
    }

    /// The names of all builtins that are functions, each with how many arguments it takes.
    pub fn builtins(&self) -> impl Iterator<Item = (&'static str, u8)> {
        self.registry.iter().map(|it| (it.name, it.arity))
    }

    /// Where a definition was written: the name, and the expression given to it.
    pub fn defined_at(&self, position: crate::value::PositionId) -> Option<(Span, Option<Span>)> {
        let position = self.program.position_of(position)?;
        Some((position.name, position.value.map(|expr| self.program.span(expr))))
    }

    /// The expression of a value that was not computed yet, or the function it is.
    pub fn span_of(&self, value: Value) -> Option<Span> {
        match value {
            Value::Thunk(ThunkId(id)) => match self.heap.thunks[id as usize] {
                heap::Thunk::Code { expr, .. } => Some(self.program.span(expr)),
                heap::Thunk::Done(inner) => self.span_of(inner),
                heap::Thunk::Doubtful(number) => self.span_of(self.heap.doubtful[number as usize].ok()?),
                _ => None,
            },
            Value::Lambda { lambda, .. } => Some(self.program.lambda_span(lambda)),
            Value::Unknown(id) => self.unknown(id).span,
            _ => None,
        }
    }
}

/// Frames kept of a trace. Nobody reads more, and errors in deep recursion stay small.
const LONGEST_TRACE: usize = 24;
