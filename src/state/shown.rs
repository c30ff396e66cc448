//! Machines as they are shown: all of a deployment at once, without what is not shown.
//!
//! Private keys stay where they are. Who needs one, or is about to change something, reads the whole record.

use super::database::{Row, packed, values};
use super::{Address, DeploymentId, State, StateError, stored};

/// What is shown of a machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShownMachine {
    pub name: String,
    pub state_version: Option<String>,
    pub address: Option<Address>,
    /// The system that was activated last.
    pub toplevel: Option<String>,
    /// The generation of the deployment that this system belongs to.
    pub generation: Option<u64>,
    /// Public host keys, as in `known_hosts`; empty where they were not asked for.
    pub host_keys: Vec<String>,
    /// The public half of the pair that was made for it; none where it was not asked for.
    pub public_key: Option<String>,
}

/// The columns of both questions.
type Columns = (
    String,
    Option<String>,
    Option<String>,
    Option<u16>,
    Option<String>,
    Option<String>,
    Option<u64>,
    Option<String>,
    Option<String>,
);

macro_rules! machines_with {
    ($keys:literal) => {
        packed!(
            "machines",
            [
                "name",
                "state_version",
                "host",
                "port",
                "login_user",
                "toplevel",
                "generation",
                "host_keys",
                "public_key",
            ],
            concat!(
                "SELECT name, state_version, host, port, login_user, toplevel, generation, ",
                $keys,
                " FROM machines WHERE deployment = $1 AND name > $2 ORDER BY name LIMIT $3"
            )
        )
    };
}

impl State {
    /// The machines of a deployment by name, with their public keys or without.
    pub async fn shown_machines(
        &self,
        deployment: DeploymentId,
        with_keys: bool,
    ) -> Result<Vec<ShownMachine>, StateError> {
        let question = match with_keys {
            // Half a pair, as an import may leave it, is none.
            true => machines_with!(
                "host_keys, CASE WHEN private_key IS NULL THEN NULL ELSE public_key END AS public_key"
            ),
            false => machines_with!("NULL AS host_keys, NULL AS public_key"),
        };
        let mut transaction = self.database.read().await?;
        let mut machines = Vec::new();
        let portion = transaction.portion();
        let mut last = String::new();
        loop {
            let values = values![deployment, &last, stored(portion as u64)];
            let rows: Vec<Columns> = transaction.packed(&question, values, columns).await?;
            let is_last = rows.len() < portion;
            if let Some(row) = rows.last() {
                last.clone_from(&row.0);
            }
            for row in rows {
                machines.push(shown(row).ok_or_else(|| transaction.damaged("host_keys"))?);
            }
            if is_last {
                break;
            }
        }
        // Servers sort by the rules of a language, which differ.
        machines.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(machines)
    }
}

fn columns(row: &Row) -> Result<Columns, StateError> {
    let number = |column| row.optional_integer(column);
    Ok((
        row.text("name")?,
        row.optional_text("state_version")?,
        row.optional_text("host")?,
        number("port")?.map(u16::try_from).transpose().map_err(|_| row.damaged("port"))?,
        row.optional_text("login_user")?,
        row.optional_text("toplevel")?,
        number("generation")?.map(u64::try_from).transpose().map_err(|_| row.damaged("generation"))?,
        row.optional_text("host_keys")?,
        row.optional_text("public_key")?,
    ))
}

fn shown(row: Columns) -> Option<ShownMachine> {
    let (name, state_version, host, port, user, toplevel, generation, host_keys, public_key) = row;
    let host_keys = host_keys.as_deref().map(serde_json::from_str).transpose().ok()?;
    Some(ShownMachine {
        name,
        state_version,
        address: host.zip(user).map(|(host, user)| Address { host, port, user }),
        toplevel,
        generation,
        host_keys: host_keys.unwrap_or_default(),
        public_key,
    })
}
