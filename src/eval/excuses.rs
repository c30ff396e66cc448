//! Files that are not there for a reason: secrets that git ignores, submodules that were not fetched. Where they stand
//! beside something that is known, that stays known.
//!
//! Who knows the reasons says so ([`Evaluator::set_excuse`]); here nothing is judged.

use std::path::Path;
use std::sync::Arc;

use super::{Evaluated, Evaluator};
use crate::value::{ErrorId, ErrorKind, Reason, Stop};

/// Whether there is a reason for a file not to be there.
pub(super) type Excuse = Arc<dyn Fn(&Path) -> bool + Send + Sync>;

impl Evaluator {
    /// Says which files that are not there are made, decrypted or fetched by somebody else.
    pub fn set_excuse(&mut self, excuse: impl Fn(&Path) -> bool + Send + Sync + 'static) {
        self.excuse = Some(Arc::new(excuse));
    }

    /// The errors about absent files behind which evaluation went on.
    pub fn excused(&self) -> &[ErrorId] {
        &self.excused
    }

    /// The same result, unknown where it fails only because a file is absent for a reason.
    pub(super) fn excusing<T>(&mut self, result: Evaluated<T>) -> Evaluated<T> {
        let Err(Stop::Error(id)) = result else { return result };
        let Some(excuse) = self.excuse.clone() else { return result };
        let error = self.error(id);
        if error.kind != ErrorKind::FileNotFound {
            return result;
        }
        // The message names the file, however its path was computed.
        let path = error.message.split('`').nth(1).filter(|path| path.starts_with('/'));
        if !path.is_some_and(|path| excuse(Path::new(path))) {
            return result;
        }
        let (reason, span) = (Reason::Told(error.message.clone()), error.span);
        // Under a condition that may not hold nobody needs to know.
        if self.may == 0 && !self.excused.contains(&id) {
            self.excused.push(id);
        }
        Err(Stop::Unknown(self.add_unknown(reason, Some(span))))
    }
}
