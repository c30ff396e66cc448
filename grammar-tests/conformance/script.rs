//! A reader of test scripts written for a shell: it finds the calls of commands with the words and variables that they
//! would get. It understands quotes, comments, continued lines, `set --`, `"$@"`, braces and plain variables; it runs
//! nothing, and skips functions and what stands under a condition.

use std::collections::BTreeMap;

/// A command as the script would call it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Call {
    /// Where it stands, from 1.
    pub(crate) line: usize,
    pub(crate) words: Vec<String>,
    /// Variables that are set for this call only.
    pub(crate) variables: BTreeMap<String, String>,
}

/// All calls of a script, in order. `known` are variables that are set before it starts.
pub(crate) fn calls(script: &str, known: &[(&str, &str)]) -> Vec<Call> {
    let mut reader = Reader {
        variables: known.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        arguments: Vec::new(),
    };
    let mut calls = Vec::new();
    let mut conditions = 0_usize;
    let mut rest = script;
    let mut line = 1;
    while !rest.is_empty() {
        let here = line;
        let before = rest.len();
        let text = &script[script.len() - before..];
        if let Some(end) = function_end(rest) {
            rest = &rest[end..];
        } else {
            let (words, end) = reader.command(rest);
            rest = &rest[end..];
            let heredoc = words.iter().find_map(|word| word.text.strip_prefix("<<"));
            if let Some(mark) = heredoc.filter(|_| !words.iter().any(|word| word.quoted)) {
                let mark = format!("\n{mark}\n");
                rest = rest.find(&mark).map_or("", |at| &rest[at + mark.len()..]);
            }
            match words.first().filter(|word| !word.quoted).map(|word| word.text.as_str()) {
                Some("if") => conditions += 1,
                Some("fi") => conditions = conditions.saturating_sub(1),
                _ if conditions == 0 => calls.extend(reader.meaning(words, here)),
                _ => {}
            }
        }
        line += text[..before - rest.len()].matches('\n').count();
    }
    calls
}

/// The end of a function that begins here.
fn function_end(text: &str) -> Option<usize> {
    let line = text.lines().next()?;
    let name = line.strip_suffix('{')?.trim_end().strip_suffix("()")?;
    if !name.chars().all(|it| it.is_alphanumeric() || it == '-' || it == '_') {
        return None;
    }
    text.find("\n}\n").map(|at| at + 3)
}

struct Word {
    text: String,
    quoted: bool,
    /// It is `"$@"`.
    all_arguments: bool,
}

struct Reader {
    variables: BTreeMap<String, String>,
    arguments: Vec<String>,
}

impl Reader {
    /// The words up to the end of the command, and how many bytes they take with their end.
    fn command(&self, text: &str) -> (Vec<Word>, usize) {
        let mut words: Vec<Word> = Vec::new();
        let mut word: Option<Word> = None;
        let mut chars = text.char_indices().peekable();
        while let Some((at, letter)) = chars.next() {
            let begin = || Word { text: String::new(), quoted: false, all_arguments: false };
            match letter {
                '\n' | ';' => {
                    words.extend(word);
                    return (words, at + 1);
                }
                ' ' | '\t' => words.extend(word.take()),
                '#' if word.is_none() => {
                    let end = text[at..].find('\n').map_or(text.len(), |end| at + end + 1);
                    return (words, end);
                }
                '\\' => match chars.next() {
                    Some((_, '\n')) | None => {}
                    Some((_, escaped)) => word.get_or_insert_with(begin).text.push(escaped),
                },
                '\'' => {
                    let word = word.get_or_insert_with(begin);
                    word.quoted = true;
                    word.text.extend(chars.by_ref().map(|(_, it)| it).take_while(|it| *it != '\''));
                }
                '"' => {
                    let word = word.get_or_insert_with(begin);
                    word.quoted = true;
                    while let Some((at, letter)) = chars.next() {
                        match letter {
                            '"' => break,
                            '\\' => match chars.next() {
                                Some((_, escaped @ ('"' | '\\' | '$' | '`'))) => word.text.push(escaped),
                                Some((_, '\n')) | None => {}
                                Some((_, other)) => word.text.extend(['\\', other]),
                            },
                            '$' if text[at..].starts_with("$@\"") => {
                                word.all_arguments = true;
                                chars.next();
                            }
                            '$' => self.variable(&text[at + 1..], &mut chars, &mut word.text),
                            other => word.text.push(other),
                        }
                    }
                }
                '$' => {
                    let word = word.get_or_insert_with(begin);
                    self.variable(&text[at + 1..], &mut chars, &mut word.text);
                }
                other => word.get_or_insert_with(begin).text.push(other),
            }
        }
        words.extend(word);
        (words, text.len())
    }

    /// The value of the variable named at the start of `rest`; its letters are taken from `chars`.
    fn variable(
        &self,
        rest: &str,
        chars: &mut std::iter::Peekable<std::str::CharIndices<'_>>,
        out: &mut String,
    ) {
        let braces = rest.starts_with('{');
        let inner = rest.trim_start_matches('{');
        let length = inner.find(|it: char| !it.is_alphanumeric() && it != '_').unwrap_or(inner.len());
        match self.variables.get(&inner[..length]).filter(|_| length > 0) {
            Some(value) => {
                out.push_str(value);
                for _ in 0..length + if braces { 2 } else { 0 } {
                    chars.next();
                }
            }
            None => out.push('$'),
        }
    }

    /// What a command does: it sets variables or arguments, or it is a call.
    fn meaning(&mut self, words: Vec<Word>, line: usize) -> Option<Call> {
        let mut variables = BTreeMap::new();
        let mut words = words.into_iter().peekable();
        while let Some((name, value)) = words.peek().and_then(|word| assignment(&word.text)) {
            variables.insert(name, value);
            words.next();
        }
        let mut all = Vec::new();
        for word in words {
            if word.all_arguments {
                all.extend(self.arguments.iter().cloned());
            } else if word.quoted {
                all.push(word.text);
            } else {
                all.extend(braces(&word.text));
            }
        }
        match all.first().map(String::as_str) {
            None => {
                self.variables.extend(variables);
                None
            }
            Some("set") if all.get(1).is_some_and(|word| word == "--") => {
                self.arguments = all.split_off(2);
                None
            }
            Some(_) => Some(Call { line, words: all, variables }),
        }
    }
}

fn assignment(word: &str) -> Option<(String, String)> {
    let (name, value) = word.split_once('=')?;
    let named = name.starts_with(|it: char| it.is_alphabetic() || it == '_')
        && name.chars().all(|it| it.is_alphanumeric() || it == '_');
    named.then(|| (name.to_owned(), value.to_owned()))
}

/// `a{b,c}` is `ab` and `ac`.
fn braces(word: &str) -> Vec<String> {
    let Some((before, rest)) = word.split_once('{') else { return vec![word.to_owned()] };
    let Some((inside, after)) = rest.split_once('}') else { return vec![word.to_owned()] };
    if !inside.contains(',') {
        return vec![word.to_owned()];
    }
    inside.split(',').map(|part| format!("{before}{part}{after}")).collect()
}

#[test]
fn a_script_is_read_as_a_shell_reads_it() {
    let script = r#"#!/bin/sh
prefix='let
  x = 1; in'
check() {
    check not this
}
# check not this either
check 'a b' "c\"$DIR/d" e\ f # and no more
set -- one two
STRICT=1 check "$@" ./f/{g,h}.nix \
  'it'\''s' "a \n \`b\`" ^{}$
check "$prefix $unknown" $HERE
cat <<EOF
check nothing
EOF
if [ "$HERE" ]; then
  check neither
fi
check end"#;
    let found = calls(script, &[("DIR", "/dir"), ("HERE", "/here")]);
    let words: Vec<_> =
        found.iter().map(|call| call.words.iter().map(String::as_str).collect::<Vec<_>>()).collect();
    assert_eq!(
        words,
        [
            vec!["check", "a b", "c\"/dir/d", "e f"],
            vec!["check", "one", "two", "./f/g.nix", "./f/h.nix", "it's", "a \\n `b`", "^{}$"],
            vec!["check", "let\n  x = 1; in $unknown", "/here"],
            vec!["cat", "<<EOF"],
            vec!["check", "end"],
        ]
    );
    assert_eq!(found[1].variables.get("STRICT").map(String::as_str), Some("1"));
    assert_eq!(found.iter().map(|call| call.line).collect::<Vec<_>>(), [8, 10, 12, 13, 19]);
}
