//! Which machine needs which other one: dependencies, cycles, and the order that follows; and pictures of that, and of what
//! machines read of each other and of which files they are made.
//!
//! Pure. Knows nothing of steps and of terminals. [`Dependencies`] is the order; a [`Chart`] is what a picture shows, and
//! draws itself as dot, Mermaid, JSON and SVG; [`page`] makes one HTML file of several charts.

mod chart;
#[cfg(test)]
mod chart_tests;
#[cfg(test)]
mod dense_tests;
mod dependencies;
mod dot;
mod groups;
mod html;
mod json;
mod layout;
mod mermaid;
mod of_files;
mod of_machines;
mod ranks;
mod stages;
mod svg;

use std::path::Path;

use crate::network::selectors::{Machines, Selector, SelectorError};
use crate::network::{Network, Whose};

pub use chart::{Because, Chart, Cluster, ClusterBy, Edge, EdgeKind, Node, NodeKind, View};
pub use dependencies::{Cycle, Dependencies};
pub use html::{Page, page};
#[cfg(test)]
pub(crate) use json::schema;
pub use layout::{Picture, Placed, Strip, place};
pub use stages::Stage;
pub(crate) use svg::text as svg_text;

impl Chart {
    /// The chart of these machines, by index; places in it are told from a folder. Without a word on clusters, the schedule
    /// of a network with stages is drawn by stage.
    pub fn of(
        network: &Network,
        view: View,
        chosen: &[usize],
        clusters: Option<ClusterBy>,
        folder: &Path,
    ) -> Self {
        let mut chart = match view {
            View::Imports => of_files::chart(network, chosen, folder),
            View::Schedule | View::References => of_machines::chart(network, view, chosen, folder),
        };
        let by_stage = (!chart.stages.is_empty()).then_some(ClusterBy::Stage);
        chart.cluster(clusters.or(by_stage));
        chart
    }
}

/// The machines that a selector selects for a picture. In a picture of references, `needs(…)` and `needed-by(…)` follow
/// these as well.
pub fn select(network: &Network, view: View, selector: &str) -> Result<Vec<usize>, SelectorError> {
    let mut machines: Machines = network.selectable();
    if view == View::References {
        for read in &network.reads {
            if let Whose::Machine(on) = read.whose {
                machines.add_dependency(read.from, on);
            }
        }
    }
    Selector::parse(selector)?.select(&machines)
}
