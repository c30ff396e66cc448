//! The shape of a check, and the macro that makes one from its page.

use crate::findings::{Finding, Level};
use crate::network::Network;
use crate::text::Span;

use super::page;

/// One check: everything that is known about it in one value.
#[derive(Debug)]
pub struct Check {
    /// Kebab-case; reads well after "allow".
    pub id: &'static str,
    /// The level of its findings, unless the user sets another.
    pub level: Level,
    /// The version that first had it.
    pub since: &'static str,
    /// The doc comment, each line still with its leading blank.
    pub(super) raw_page: &'static str,
    pub(super) run: fn(&Network, &mut Vec<Finding>),
    pub(super) looks_at: LooksAt,
    /// The file that defines it, for the test of its name.
    #[cfg_attr(not(test), expect(dead_code, reason = "only the test of file names reads it"))]
    pub(super) file: &'static str,
}

/// What one finding of a check can depend on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LooksAt {
    /// One machine as it is in the model, the texts, and what the network is: never another machine. Such a check may be run on
    /// each machine by itself, in any order; a test holds it to that.
    Machine,
    /// Anything.
    Network,
}

impl Check {
    /// A finding of this check, at its level.
    pub(super) fn finding(&self, span: Span, message: impl Into<String>) -> Finding {
        Finding::new(self.id, self.level, span, message)
    }

    /// The page as Markdown, without a title.
    pub fn page(&self) -> String {
        page::text(self.raw_page)
    }

    /// What it finds, in one sentence.
    pub fn summary(&self) -> String {
        page::summary(&self.page())
    }
}

/// Defines a check: its page as a doc comment, then its metadata. `run` stands outside, so that rustfmt sees it.
macro_rules! check {
    (
        $(#[doc = $page:literal])*
        pub(super) static $name:ident = { id: $id:literal, level: $level:ident, since: $since:literal }
    ) => {
        $crate::checks::check::check! {
            $(#[doc = $page])*
            pub(super) static $name = { id: $id, level: $level, since: $since, looks_at: Network }
        }
    };
    (
        $(#[doc = $page:literal])*
        pub(super) static $name:ident = {
            id: $id:literal, level: $level:ident, since: $since:literal, looks_at: $looks_at:ident
        }
    ) => {
        pub(super) static $name: $crate::checks::Check = $crate::checks::Check {
            id: $id,
            level: $crate::findings::Level::$level,
            since: $since,
            raw_page: concat!($($page, "\n"),*),
            run,
            looks_at: $crate::checks::check::LooksAt::$looks_at,
            file: file!(),
        };
    };
}
pub(super) use check;
