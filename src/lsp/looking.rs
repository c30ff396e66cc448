//! Looks after files for clients that watch none: everything that was read is asked for its stamp now and then.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use async_lsp::ClientSocket;
use tokio::sync::watch;

use super::analysis::Analysis;
use super::server::LookAgain;
use crate::system::{Files, Stamp};

/// Asking a thousand files takes a millisecond or two.
const PAUSE: Duration = Duration::from_secs(2);

/// Ends when the server does.
pub(super) async fn look_now_and_then(
    socket: &ClientSocket,
    done: watch::Receiver<Arc<Analysis>>,
    files: Arc<dyn Files>,
) {
    let mut known: BTreeMap<PathBuf, Option<Stamp>> = BTreeMap::new();
    loop {
        tokio::time::sleep(PAUSE).await;
        let analysis = done.borrow().clone();
        let asked = files.clone();
        let now =
            tokio::task::spawn_blocking(move || stamps(asked.as_ref(), &analysis)).await.unwrap_or_default();
        // What was not asked for before has been read just now.
        let changed = now.iter().any(|(path, stamp)| known.get(path).is_some_and(|it| it != stamp));
        known = now;
        if changed && socket.emit(LookAgain).is_err() {
            return;
        }
    }
}

fn stamps(files: &dyn Files, analysis: &Analysis) -> BTreeMap<PathBuf, Option<Stamp>> {
    let paths = analysis.networks.iter().flat_map(|it| it.asked.iter());
    paths.map(|path| (path.clone(), files.stamp(path).ok())).collect()
}
