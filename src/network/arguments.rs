//! The arguments that function networks are called with: `--arg`, `--argstr`, and what `set-args` stored.

/// One argument as it was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Argument {
    /// A Nix expression.
    Expression(String),
    /// A string, taken as it is.
    String(String),
}

impl Argument {
    /// As Nix source text.
    pub fn source(&self) -> String {
        match self {
            Argument::Expression(expression) => expression.clone(),
            Argument::String(text) => nix_string(text),
        }
    }
}

/// A Nix string literal.
pub fn nix_string(text: &str) -> String {
    let escaped = text.replace('\\', "\\\\").replace('"', "\\\"").replace("${", "\\${").replace('\n', "\\n");
    format!("\"{escaped}\"")
}

/// Arguments by name, in the order they were given; a later one replaces an earlier one of the same name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Arguments {
    given: Vec<(String, Argument)>,
}

impl Arguments {
    pub fn set(&mut self, name: impl Into<String>, argument: Argument) {
        let name = name.into();
        self.given.retain(|(known, _)| *known != name);
        self.given.push((name, argument));
    }

    pub fn string(&mut self, name: impl Into<String>, value: impl Into<String>) {
        self.set(name, Argument::String(value.into()));
    }

    pub fn expression(&mut self, name: impl Into<String>, expression: impl Into<String>) {
        self.set(name, Argument::Expression(expression.into()));
    }

    pub fn iter(&self) -> impl Iterator<Item = (&str, &Argument)> {
        self.given.iter().map(|(name, argument)| (name.as_str(), argument))
    }

    pub fn is_empty(&self) -> bool {
        self.given.is_empty()
    }
}
