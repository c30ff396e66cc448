//! Whether a service answers: a connection, or a request over http. It reads no more of an answer than whether it is
//! one of success.

use std::collections::BTreeMap;
use std::time::Duration;

use super::Pending;

/// A request for a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpRequest {
    pub url: String,
    pub headers: BTreeMap<String, String>,
    /// Whether any certificate is accepted.
    pub insecure: bool,
    pub limit: Duration,
}

/// Services reached from this machine. An error is why not, in a few words.
pub trait Reach: Send + Sync {
    /// Connects, and ends the connection.
    fn tcp<'a>(&'a self, host: &'a str, port: u16, limit: Duration) -> Pending<'a, Result<(), String>>;

    /// Asks for a page; an answer below 400 is success.
    fn http<'a>(&'a self, request: &'a HttpRequest) -> Pending<'a, Result<(), String>>;
}

/// The real network.
pub struct OsReach;

impl Reach for OsReach {
    fn tcp<'a>(&'a self, host: &'a str, port: u16, limit: Duration) -> Pending<'a, Result<(), String>> {
        Box::pin(async move {
            let host = host.trim_start_matches('[').trim_end_matches(']');
            match tokio::time::timeout(limit, tokio::net::TcpStream::connect((host, port))).await {
                Ok(Ok(_)) => Ok(()),
                Ok(Err(error)) => Err(error.to_string()),
                Err(_) => Err(format!("no answer within {} s", limit.as_secs())),
            }
        })
    }

    fn http<'a>(&'a self, request: &'a HttpRequest) -> Pending<'a, Result<(), String>> {
        let request = request.clone();
        Box::pin(async move {
            tokio::task::spawn_blocking(move || ask(&request))
                .await
                .unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()))
        })
    }
}

fn ask(request: &HttpRequest) -> Result<(), String> {
    let tls = ureq::tls::TlsConfig::builder().disable_verification(request.insecure).build();
    let agent = ureq::Agent::config_builder().timeout_global(Some(request.limit)).tls_config(tls).build();
    let agent: ureq::Agent = agent.into();
    let mut asked = agent.get(&request.url);
    for (name, value) in &request.headers {
        asked = asked.header(name, value);
    }
    asked.call().map(drop).map_err(|error| error.to_string())
}
