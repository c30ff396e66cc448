//! Host names and addresses as ssh takes them: what is no host at all, and what only stands in for one.
//!
//! Looks at the text; resolves nothing.

use std::net::{Ipv4Addr, Ipv6Addr};

/// Why a text is no host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostProblem {
    /// What is wrong, following "the targetHost `…`".
    pub message: String,
    pub help: String,
    /// The bytes of the text to blame.
    pub at: std::ops::Range<usize>,
    /// What the author certainly meant, where that is certain.
    pub instead: Option<String>,
    /// Whether ssh certainly fails; otherwise it works in some places and not in others.
    pub certain: bool,
}

/// What makes this text no host; `None` for names and addresses that ssh would take.
pub fn host_problem(text: &str) -> Option<HostProblem> {
    let problem = |at: std::ops::Range<usize>, message: &str, help: String| {
        Some(HostProblem { message: message.to_owned(), help, at, instead: None, certain: true })
    };
    let whole = 0..text.len();
    if text != text.trim() && !text.trim().is_empty() {
        return Some(HostProblem {
            message: "begins or ends with a blank".to_owned(),
            help: "remove the blank".to_owned(),
            at: whole,
            instead: Some(text.trim().to_owned()),
            certain: true,
        });
    }
    if let Some(at) = text.find(|it: char| it.is_whitespace()) {
        return problem(at..at + 1, "has a blank in it", "a host is one word".to_owned());
    }
    if let Some(at) = text.find("://") {
        let rest = text[at + 3..].split('/').next().unwrap_or_default();
        return problem(0..at + 3, "is a URL", format!("write the host alone: `{rest}`"));
    }
    if let Some(at) = text.find('@') {
        let (user, host) = (&text[..at], &text[at + 1..]);
        return problem(
            0..at + 1,
            "names a user",
            format!("write `targetHost = \"{host}\"` and `targetUser = \"{user}\"`"),
        );
    }
    if let Some(at) = text.find('/') {
        return problem(at..text.len(), "has a slash in it", "write the host alone".to_owned());
    }
    if text.starts_with('[') || text.contains(':') {
        return address6_problem(text);
    }
    if text.starts_with('-') {
        return problem(0..1, "begins with `-`", "ssh would take it for an option".to_owned());
    }
    name_problem(text)
}

fn address6_problem(text: &str) -> Option<HostProblem> {
    let problem = |message: &str, help: String, instead: Option<String>| {
        Some(HostProblem { message: message.to_owned(), help, at: 0..text.len(), instead, certain: true })
    };
    if let Some(inside) = text.strip_prefix('[') {
        return match inside.split_once(']') {
            Some((address, "")) => problem(
                "has brackets around an address",
                format!("write the address alone: `{address}`"),
                address.parse::<Ipv6Addr>().ok().map(|_| address.to_owned()),
            ),
            Some((address, port)) => problem(
                "has a port in it",
                format!(
                    "write `targetHost = \"{address}\"` and `targetPort = {}`",
                    port.trim_start_matches(':')
                ),
                None,
            ),
            None => problem("has an open bracket", "write the address alone".to_owned(), None),
        };
    }
    if let Some((host, port)) = text.split_once(':')
        && !port.contains(':')
    {
        return problem(
            "has a port in it",
            format!("write `targetHost = \"{host}\"` and `targetPort = {port}`"),
            None,
        );
    }
    let (address, zone) = text.split_once('%').map_or((text, None), |(address, zone)| (address, Some(zone)));
    if zone == Some("") {
        return problem(
            "has an empty zone",
            "name the interface after `%`, or leave it out".to_owned(),
            None,
        );
    }
    if address.parse::<Ipv6Addr>().is_err() {
        return problem(
            "is no IPv6 address",
            "an address has eight groups of up to four hexadecimal digits, or `::` for those left out"
                .to_owned(),
            None,
        );
    }
    // A zone belongs to the interfaces of the one machine that deploys.
    zone.map(|zone| HostProblem {
        message: format!("has a zone: `{zone}` is an interface of the deploying machine"),
        help: "use an address that means the same from everywhere".to_owned(),
        at: address.len()..text.len(),
        instead: None,
        certain: false,
    })
}

fn name_problem(text: &str) -> Option<HostProblem> {
    let problem = |at: std::ops::Range<usize>, message: String, help: &str| {
        Some(HostProblem { message, help: help.to_owned(), at, instead: None, certain: true })
    };
    let whole = 0..text.len();
    let looks_like_address = text.contains(|it: char| it.is_ascii_digit())
        && text.contains('.')
        && text.chars().all(|it| it.is_ascii_digit() || it == '.');
    if looks_like_address {
        if text.parse::<Ipv4Addr>().is_ok() {
            return None;
        }
        let parts: Vec<&str> = text.split('.').collect();
        let too_large = parts.iter().find(|it| it.parse::<u32>().map_or(!it.is_empty(), |it| it > 255));
        let message = match too_large {
            Some(part) if parts.len() == 4 => format!("is no IPv4 address: {part} is larger than 255"),
            _ if parts.len() != 4 => format!(
                "is no IPv4 address: it has {} parts",
                parts.iter().filter(|it| !it.is_empty()).count()
            ),
            _ => "is no IPv4 address".to_owned(),
        };
        return problem(whole, message, "an address has four numbers from 0 to 255");
    }
    if text.len() > 253 {
        return problem(whole, format!("has {} characters", text.len()), "a host name has at most 253");
    }
    let mut at = 0;
    for (index, label) in text.split('.').enumerate() {
        let here = at..at + label.len();
        let last = here.end == text.len();
        at = here.end + 1;
        if label.is_empty() {
            // One dot at the end says that the name is complete.
            if last && index > 0 {
                continue;
            }
            let dot = here.start.min(text.len().saturating_sub(1));
            return problem(
                dot..dot + 1,
                "has an empty part between its dots".to_owned(),
                "remove the dot that is too many",
            );
        }
        if label.len() > 63 {
            return problem(
                here,
                format!("has a part of {} characters", label.len()),
                "a part between dots has at most 63",
            );
        }
        if let Some((offset, it)) =
            label.char_indices().find(|(_, it)| !it.is_ascii_alphanumeric() && *it != '-')
        {
            let start = here.start + offset;
            let help = if it == '_' {
                "host names have letters, digits and hyphens; write `-` for `_`"
            } else if !it.is_ascii() {
                "write the name in its ASCII form (`xn--…`)"
            } else {
                "host names have letters, digits and hyphens"
            };
            let at = start..start + it.len_utf8();
            return Some(HostProblem {
                message: format!("has a `{it}` in it"),
                help: help.to_owned(),
                at,
                instead: None,
                // Some resolvers, and ssh's own configuration, take underscores.
                certain: it != '_',
            });
        }
        if label.starts_with('-') || label.ends_with('-') {
            return problem(
                here,
                format!("has a part that begins or ends with a hyphen: `{label}`"),
                "hyphens stand between letters or digits",
            );
        }
    }
    None
}

/// Why a host that is well formed was hardly meant: a placeholder or an address set apart for documentation.
pub fn placeholder(text: &str) -> Option<&'static str> {
    let lower = text.to_ascii_lowercase();
    let lower = lower.trim_end_matches('.');
    let words = [
        "todo",
        "fixme",
        "changeme",
        "change-me",
        "xxx",
        "yourhost",
        "your-host",
        "hostname",
        "placeholder",
        "example",
    ];
    if words.contains(&lower) || (text.starts_with('<') && text.ends_with('>')) {
        return Some("is a placeholder");
    }
    for domain in ["example.com", "example.net", "example.org", "example"] {
        if lower == domain || lower.ends_with(&format!(".{domain}")) {
            return Some("lies in a domain that is set apart for documentation");
        }
    }
    if lower.ends_with(".invalid") {
        return Some("lies in a domain that never resolves");
    }
    if let Ok(address) = lower.parse::<Ipv4Addr>() {
        let documentation = matches!(address.octets(), [192, 0, 2, _] | [198, 51, 100, _] | [203, 0, 113, _]);
        if documentation {
            return Some("is an address that is set apart for documentation");
        }
        if address.is_unspecified() {
            return Some("is the address of no machine");
        }
    }
    if let Ok(address) = lower.parse::<Ipv6Addr>() {
        if address.segments()[..2] == [0x2001, 0x0db8] {
            return Some("is an address that is set apart for documentation");
        }
        if address.is_unspecified() {
            return Some("is the address of no machine");
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_that_ssh_takes_are_silent() {
        for host in [
            "db",
            "web-1",
            "db.internal",
            "a.b.c.",
            "10.0.0.1",
            "::1",
            "2001:67c::2",
            "1.2.3.4.in-addr.arpa",
            "xn--bcher-kva.ch",
            "3com.net",
            "WEB",
            "127.0.0.1",
        ] {
            assert_eq!(host_problem(host), None, "{host}");
        }
    }

    #[test]
    fn what_is_no_host_says_why() {
        for (host, message) in [
            ("ssh://db", "is a URL"),
            ("root@db", "names a user"),
            ("db:22", "has a port in it"),
            ("[::1]:22", "has a port in it"),
            ("[::1]", "has brackets around an address"),
            ("db.internal/x", "has a slash in it"),
            (" db", "begins or ends with a blank"),
            ("d b", "has a blank in it"),
            ("my_db", "has a `_` in it"),
            ("10.0.0.256", "is no IPv4 address: 256 is larger than 255"),
            ("10.0.0", "is no IPv4 address: it has 3 parts"),
            ("fe80::1%eth0", "has a zone: `eth0` is an interface of the deploying machine"),
            ("fe80:::1", "is no IPv6 address"),
            ("a..b", "has an empty part between its dots"),
            (".", "has an empty part between its dots"),
            ("-oProxyCommand=x", "begins with `-`"),
            ("bücher.ch", "has a `ü` in it"),
        ] {
            assert_eq!(host_problem(host).map(|it| it.message).as_deref(), Some(message), "{host}");
        }
    }

    #[test]
    fn placeholders_are_known() {
        for host in ["TODO", "web.example.com", "203.0.113.9", "2001:db8::1", "<ip>"] {
            assert!(placeholder(host).is_some(), "{host}");
        }
        for host in ["myexample.com", "10.0.0.1", "example.com.internal", "db"] {
            assert_eq!(placeholder(host), None, "{host}");
        }
    }
}
