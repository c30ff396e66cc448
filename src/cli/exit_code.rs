//! The exit codes of the program: one documented table, printed by `--help` and compared with the manual.
//!
//! Every code is part of the interface; a number is never used for two meanings and never changes its meaning.

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ExitCode {
    /// Done; nothing to report.
    Done,
    /// There are findings of level error, or unhealthy machines under `status`.
    Findings,
    /// The command line, or what it names, makes no sense.
    Usage,
    /// Nix could not evaluate the network.
    Evaluation,
    /// A build failed.
    Build,
    /// A machine could not be reached or copied to, and none was activated.
    Unreachable,
    /// Some machines were deployed; others failed, were rolled back or were skipped.
    Partly,
    /// Everything that was touched was rolled back.
    RolledBack,
    /// The state is locked, missing or damaged.
    State,
    /// What was said without Nix is not what Nix says.
    OwnMistake,
    /// A plan that was kept does not fit any more.
    Moved,
    /// The user interrupted the run; it can be resumed.
    Interrupted,
    /// The command ran another program for the user, and ends as that did.
    Other(u8),
}

impl ExitCode {
    /// Every code of ours, in the order of the manual.
    pub const ALL: [ExitCode; 12] = [
        ExitCode::Done,
        ExitCode::Findings,
        ExitCode::Usage,
        ExitCode::Evaluation,
        ExitCode::Build,
        ExitCode::Unreachable,
        ExitCode::Partly,
        ExitCode::RolledBack,
        ExitCode::State,
        ExitCode::OwnMistake,
        ExitCode::Moved,
        ExitCode::Interrupted,
    ];

    /// The number that the operating system sees.
    pub fn number(self) -> u8 {
        match self {
            ExitCode::Done => 0,
            ExitCode::Findings => 1,
            ExitCode::Usage => 2,
            ExitCode::Evaluation => 3,
            ExitCode::Build => 4,
            ExitCode::Unreachable => 5,
            ExitCode::Partly => 6,
            ExitCode::RolledBack => 7,
            ExitCode::State => 8,
            ExitCode::OwnMistake => 9,
            ExitCode::Moved => 10,
            ExitCode::Interrupted => 130,
            ExitCode::Other(code) => code,
        }
    }

    /// The line of the manual.
    pub fn meaning(self) -> &'static str {
        match self {
            ExitCode::Done => "done; nothing to report",
            ExitCode::Findings => {
                "findings of level error (also warnings under `--deny warnings`), or unhealthy machines under `status`"
            }
            ExitCode::Usage => {
                "usage: a bad flag, a file that cannot be read, an unknown deployment, a selector that matches nothing"
            }
            ExitCode::Evaluation => "Nix evaluation failed",
            ExitCode::Build => "a build failed",
            ExitCode::Unreachable => "a machine could not be reached or copied to; none was activated",
            ExitCode::Partly => {
                "partly deployed: some machines failed, were rolled back, or were skipped (the summary names each)"
            }
            ExitCode::RolledBack => "everything that was touched was rolled back",
            ExitCode::State => "the state is locked, missing or damaged",
            ExitCode::OwnMistake => {
                "`check --eval --verify`: nixwright says something else than Nix, which is a mistake of nixwright"
            }
            ExitCode::Moved => {
                "the network, the state or a machine is not as it was when the plan was made; nothing was touched"
            }
            ExitCode::Interrupted => "interrupted; the run can be resumed",
            ExitCode::Other(_) => "what the program that was run for you returned",
        }
    }
}

impl From<ExitCode> for std::process::ExitCode {
    fn from(code: ExitCode) -> Self {
        Self::from(code.number())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_are_those_of_the_manual() {
        let numbers: Vec<u8> = ExitCode::ALL.into_iter().map(ExitCode::number).collect();
        assert_eq!(numbers, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 130]);
    }
}
