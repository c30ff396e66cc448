//! Text → nodes with resolved names, errors, and comments that allow findings. Never `Err`, never a panic,
//! bounded in time and stack whatever the text.
//!
//! rnix' tokenizer is the lexer; the grammar, the meaning of strings, the merging of definitions and the scopes are
//! ours, because rnix' tree needs quadratic time and unbounded stack on hostile input. Evaluates nothing.
//!
//! ```
//! use nixwright::{syntax, text::FileId};
//! let parsed = syntax::parse(FileId(0), "{ web = { targetHost = adress; }; }");
//! assert_eq!(parsed.errors[0].message, "undefined variable `adress`");
//! ```

mod cascades;
mod ciphertext;
mod comments;
mod errors;
mod ir;
mod lexer;
mod oddities;
mod parser;
mod parser_sets;
mod parser_values;
mod scope;
mod strings;
mod symbols;
mod tokens;

use rnix::SyntaxKind;

pub use ciphertext::ciphertext;
pub use comments::Allow;
pub use errors::{SyntaxError, SyntaxErrorKind};
pub use ir::*;
pub use oddities::{Oddity, OddityKind};
pub use symbols::{FileNames, Sym, Symbols};
pub use tokens::{Token, TokenKind, tokens};

use crate::text::{FileId, Span};
use parser::Parser;

/// Below this much free stack another piece is allocated. A frame of the evaluator in a debug build takes a few KB,
/// and several of them lie between two checks.
pub(crate) const RED_ZONE: usize = 256 << 10;

/// How large such a piece is.
pub(crate) const STACK: usize = 16 << 20;

/// What came of a text.
#[derive(Clone, Debug, Default)]
pub struct Parsed {
    pub module: Module,
    /// In order of position.
    pub errors: Vec<SyntaxError>,
    pub allows: Vec<Allow>,
    /// Where pipe operators are used: fine for a Nix that has them switched on.
    pub pipes: Vec<Span>,
    /// What is no mistake and could be written better; empty where there are mistakes.
    pub oddities: Vec<Oddity>,
}

/// Reads a file. Damaged parts become [`Expr::Damaged`], and everything else keeps its meaning.
pub fn parse(file: FileId, text: &str) -> Parsed {
    parse_in_scope(file, text, &[], &is_builtin_name)
}

/// The same for a file in whose outermost scope more names are known.
pub fn parse_in_scope(file: FileId, text: &str, names: &[&str], is_builtin: &dyn Fn(&str) -> bool) -> Parsed {
    if let Some(refusal) = lexer::refusal(text) {
        return refused(file, refusal);
    }
    let lexed = lexer::lex(text);
    let mut parser = Parser {
        text,
        file,
        tokens: &lexed.tokens,
        end: lexed.tokens.len(),
        at: 0,
        depth: 0,
        module: Module::default(),
        errors: Vec::new(),
        blamed: None,
        entry_index: rustc_hash::FxHashMap::default(),
        pipes: Vec::new(),
        oddities: Vec::new(),
    };
    let root = parser.expression();
    while parser.at < parser.end {
        let closing = matches!(
            parser.peek(),
            Some(SyntaxKind::TOKEN_R_BRACE | SyntaxKind::TOKEN_R_BRACK | SyntaxKind::TOKEN_R_PAREN)
        );
        if closing {
            let at = parser.here();
            let message = format!("this `{}` closes nothing", parser.token_text(parser.at));
            parser.report(SyntaxErrorKind::Unopened, at, message);
        } else {
            parser.unexpected("the end of the file");
        }
        // One finding for the rest: what follows a complete expression has no meaning to check.
        parser.at = parser.end;
    }
    cascades::blame_open_string(&mut parser);
    for (start, end) in &lexed.strange {
        parser.add(SyntaxErrorKind::Character, (*start, *end), "this is no white space to Nix".to_owned());
    }
    let Parser { mut module, mut errors, pipes, mut oddities, .. } = parser;
    module.root = Some(ExprIdPlusOne::new(root));
    let names: Vec<Sym> = names.iter().map(|name| module.symbols.intern(name)).collect();
    let mut resolver = scope::Resolver::new(&mut module, (file, text), &mut errors, is_builtin);
    resolver.with_frame(&names, root);
    oddities.extend(resolver.oddities);
    // What a mistake took away may have been the use of a name.
    if !errors.is_empty() {
        oddities.clear();
    }
    cascades::drop_followers(&mut errors);
    errors.sort_by_key(|error| error.span);
    let allows = lexed.comments.iter().filter_map(|at| comments::allow(text, *at)).collect();
    let pipes = pipes.into_iter().map(|(start, end)| Span::new(file, start, end)).collect();
    Parsed { module, errors, allows, pipes, oddities }
}

fn refused(file: FileId, why: &str) -> Parsed {
    let mut parsed = Parsed::default();
    let root = parsed.module.add(Expr::Damaged, (0, 0));
    parsed.module.root = Some(ExprIdPlusOne::new(root));
    parsed.errors.push(SyntaxError {
        kind: SyntaxErrorKind::TooLarge,
        span: Span::new(file, 0, 0),
        message: why.to_owned(),
        expected: None,
        opening: None,
        help: None,
    });
    parsed
}

/// Whether the name needs no `builtins.`.
fn is_global_name(name: &str) -> bool {
    static KNOWN: std::sync::LazyLock<rustc_hash::FxHashSet<&'static str>> =
        std::sync::LazyLock::new(|| GLOBAL_NAMES.iter().copied().collect());
    KNOWN.contains(name)
}

/// Whether `__name` is a builtin in some version of Nix.
pub(crate) fn is_builtin_name(name: &str) -> bool {
    name.strip_prefix("__").is_some_and(is_builtin)
}

/// Whether `builtins.name` is there in some version of Nix.
pub(crate) fn is_builtin(name: &str) -> bool {
    static KNOWN: std::sync::LazyLock<rustc_hash::FxHashSet<&'static str>> =
        std::sync::LazyLock::new(|| GLOBAL_NAMES.iter().chain(BUILTIN_NAMES).copied().collect());
    KNOWN.contains(name)
}

/// Names that need no `builtins.`; those that begin with two underscores are there too.
pub const GLOBAL_NAMES: &[&str] = &[
    "abort",
    "baseNameOf",
    "break",
    "builtins",
    "derivation",
    "derivationStrict",
    "dirOf",
    "false",
    "fetchGit",
    "fetchMercurial",
    "fetchTarball",
    "fetchTree",
    "fromTOML",
    "import",
    "isNull",
    "map",
    "null",
    "placeholder",
    "removeAttrs",
    "scopedImport",
    "throw",
    "toString",
    "true",
];

/// Every other name that `builtins` has in some version of Nix, those of experimental features included: `__name` is no
/// undefined variable if one of them has it.
pub const BUILTIN_NAMES: &[&str] = &[
    "add",
    "addDrvOutputDependencies",
    "addErrorContext",
    "all",
    "any",
    "appendContext",
    "attrNames",
    "attrValues",
    "bitAnd",
    "bitOr",
    "bitXor",
    "catAttrs",
    "ceil",
    "compareVersions",
    "concatLists",
    "concatMap",
    "concatStringsSep",
    "convertHash",
    "currentSystem",
    "currentTime",
    "deepSeq",
    "div",
    "elem",
    "elemAt",
    "exec",
    "fetchClosure",
    "fetchurl",
    "filter",
    "filterSource",
    "findFile",
    "flakeRefToString",
    "floor",
    "foldl'",
    "fromJSON",
    "functionArgs",
    "genList",
    "genericClosure",
    "getAttr",
    "getContext",
    "getEnv",
    "getFlake",
    "groupBy",
    "hasAttr",
    "hasContext",
    "hashFile",
    "hashString",
    "head",
    "importNative",
    "intersectAttrs",
    "isAttrs",
    "isBool",
    "isFloat",
    "isFunction",
    "isInt",
    "isList",
    "isPath",
    "isString",
    "langVersion",
    "length",
    "lessThan",
    "listToAttrs",
    "mapAttrs",
    "match",
    "mul",
    "nixPath",
    "nixVersion",
    "outputOf",
    "parseDrvName",
    "parseFlakeRef",
    "partition",
    "path",
    "pathExists",
    "readDir",
    "readFile",
    "readFileType",
    "replaceStrings",
    "seq",
    "sort",
    "split",
    "splitVersion",
    "storeDir",
    "storePath",
    "stringLength",
    "sub",
    "substring",
    "tail",
    "toFile",
    "toJSON",
    "toPath",
    "toXML",
    "trace",
    "traceVerbose",
    "tryEval",
    "typeOf",
    "unsafeDiscardOutputDependency",
    "unsafeDiscardStringContext",
    "unsafeGetAttrPos",
    "valueSize",
    "warn",
    "wasm",
    "zipAttrsWith",
];

/// Whether a comment that begins at this byte would be one: it would not inside of a string or of another comment.
pub fn comment_may_begin(text: &str, at: u32) -> bool {
    if lexer::refusal(text).is_some() {
        return false;
    }
    let lexed = lexer::lex(text);
    let in_string = lexed
        .tokens
        .iter()
        .any(|it| it.kind == SyntaxKind::TOKEN_STRING_CONTENT && it.start <= at && at <= it.end);
    !in_string && !lexed.comments.iter().any(|(start, end)| *start < at && at < *end)
}
