//! How the commands of a connection get the rights of root: they have them, or something like `sudo` gives them, with or
//! without a password.
//!
//! The password travels on standard input only, before what the command itself reads. Who is asked for it, and how, is
//! decided above.

use std::time::Duration;

use super::connection::Connection;
use crate::system::{Command, Destination, Ended, NoRoot, RemoteError, Secret};

/// What stands before a command on the machine.
#[derive(Clone, Debug)]
pub(super) enum Rights {
    /// Nothing: who logged in is root, or is not to become root.
    Own,
    Escalated {
        words: Vec<String>,
        password: Option<Secret>,
    },
}

/// Asking a directory service for a user's groups can be slow.
const LIMIT: Duration = Duration::from_secs(30);

/// What `sudo` reads its password with: standard input, no prompt, whether it remembers somebody or not.
const ON_STDIN: [&str; 4] = ["-k", "-S", "-p", ""];

/// Throws away its input up to the line that it is told, then becomes the command. `sudo` has taken the password from
/// before that line, or has not: where it wants none the password must not become the input of the command.
const FROM_THE_MARK: &str = r#"while IFS= read -r line && [ "$line" != "$0" ]; do :; done; exec "$@""#;

/// The line. No secret: it only has to be none that a password could be.
const MARK: &str = "-- nixwright: what the command reads begins here --";

impl Rights {
    /// Finds out what a fresh connection needs, and that it works, before anything is asked of the machine.
    pub(super) async fn find(
        connection: &Connection,
        destination: &Destination,
        password: Option<&Secret>,
    ) -> Result<Self, RemoteError> {
        let Some(program) = destination.escalation.first() else { return Ok(Self::Own) };
        if destination.user.as_deref() == Some("root") {
            return Ok(Self::Own);
        }
        // Without a user it is ssh's configuration that knows; and other users may be root, too.
        let who = connection.ask(&Command::new("id").arg("-u").limit(LIMIT)).await?;
        if who.stdout_text().trim() == "0" {
            return Ok(Self::Own);
        }
        let words = destination.escalation.clone();
        let plain = Self::Escalated { words: words.clone(), password: None };
        let answer = connection.ask(&plain.trial()).await?;
        if answer.ended == Ended::Exit(0) {
            return Ok(plain);
        }
        let mut said = answer.stderr_text();
        let mut why = reason(&said);
        if why == NoRoot::PasswordNeeded
            && is_sudo(program)
            && let Some(password) = password
        {
            let with = Self::Escalated { words, password: Some(password.clone()) };
            let answer = connection.ask(&with.trial()).await?;
            if answer.ended == Ended::Exit(0) {
                return Ok(with);
            }
            said = answer.stderr_text();
            // Out of input after the one password that it was given, it asks for another.
            why = match reason(&said) {
                NoRoot::PasswordNeeded => NoRoot::PasswordWrong,
                other => other,
            };
        } else if why == NoRoot::PasswordNeeded && !is_sudo(program) {
            why = NoRoot::Refused;
        }
        let (machine, login) = (destination.machine.clone(), destination.login());
        Err(RemoteError::Escalation { machine, login, escalation: program.clone(), why, said })
    }

    /// Does nothing as root. One password, and no line after it that could be taken for a second try.
    fn trial(&self) -> Command {
        let Self::Escalated { words, password } = self else { return Command::new("true") };
        let command = Command::new("env").arg("LC_ALL=C").args(escalating(words, password.is_some()));
        let command = command.arg("true").limit(LIMIT);
        match password {
            Some(password) => command.stdin(format!("{}\n", password.expose())),
            None => command,
        }
    }

    /// A command's words and input as they are given to the machine.
    pub(super) fn applied(
        &self,
        command: Vec<String>,
        input: Option<&[u8]>,
    ) -> (Vec<String>, Option<Vec<u8>>) {
        let Self::Escalated { words, password } = self else {
            return (command, input.map(<[u8]>::to_vec));
        };
        let mut all = escalating(words, password.is_some());
        let Some(password) = password else {
            all.extend(command);
            return (all, input.map(<[u8]>::to_vec));
        };
        all.extend(["sh", "-c", FROM_THE_MARK, MARK].map(str::to_owned));
        all.extend(command);
        let mut bytes = format!("{}\n{MARK}\n", password.expose()).into_bytes();
        bytes.extend(input.unwrap_or_default());
        (all, Some(bytes))
    }

    /// See [`Remote::store_daemon`](crate::system::Remote::store_daemon). Nix hands it to a shell as it is.
    pub(super) fn store_daemon(&self) -> Option<String> {
        let Self::Escalated { words, password: None } = self else { return None };
        let plain = |word: &String| word.chars().all(|it| it.is_ascii_alphanumeric() || "/._-".contains(it));
        words.iter().all(plain).then(|| format!("{} nix-daemon", words.join(" ")))
    }
}

/// The escalation's own words, with what makes `sudo` read a password right after its name.
fn escalating(words: &[String], with_password: bool) -> Vec<String> {
    let mut all = words.to_vec();
    if with_password {
        all.splice(1..1, ON_STDIN.map(str::to_owned));
    }
    all
}

fn is_sudo(program: &str) -> bool {
    program.rsplit('/').next() == Some("sudo")
}

/// What `sudo` says, in English. Something else than `sudo` is taken at its exit status.
fn reason(said: &str) -> NoRoot {
    let any = |words: &[&str]| words.iter().any(|it| said.contains(it));
    if any(&["incorrect password", "Sorry, try again"]) {
        NoRoot::PasswordWrong
    } else if any(&[
        "a password is required",
        "a terminal is required",
        "no tty present",
        "no password was provided",
    ]) {
        NoRoot::PasswordNeeded
    } else {
        NoRoot::Refused
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(password: Option<&str>) -> Rights {
        let words = ["sudo", "-H", "--"].map(str::to_owned).to_vec();
        Rights::Escalated { words, password: password.map(Secret::new) }
    }

    #[test]
    fn a_password_is_input_and_no_argument() {
        let (words, input) = with(Some("hunter2")).applied(vec!["id".to_owned()], Some(b"body"));
        assert_eq!(words[..7], ["sudo", "-k", "-S", "-p", "", "-H", "--"]);
        assert_eq!(words.last().unwrap(), "id");
        assert!(!words.join(" ").contains("hunter2"));
        assert_eq!(String::from_utf8(input.unwrap()).unwrap(), format!("hunter2\n{MARK}\nbody"));
        assert!(!format!("{:?}", with(Some("hunter2"))).contains("hunter2"));
    }

    #[test]
    fn without_a_password_input_stays_as_it_is() {
        let (words, input) = with(None).applied(vec!["id".to_owned()], None);
        assert_eq!((words.join(" ").as_str(), input), ("sudo -H -- id", None));
        assert_eq!(with(None).store_daemon().as_deref(), Some("sudo -H -- nix-daemon"));
        assert_eq!(with(Some("x")).store_daemon(), None);
    }

    #[test]
    fn a_word_that_a_shell_would_read_is_not_handed_to_one() {
        let rights = Rights::Escalated { words: vec!["su;reboot".to_owned()], password: None };
        assert_eq!(rights.store_daemon(), None);
    }

    #[test]
    fn what_sudo_says_is_understood() {
        let needed = "sudo: a terminal is required to read the password; either use the -S option to read from standard \
                      input or configure an askpass helper\nsudo: a password is required\n";
        assert_eq!(reason(needed), NoRoot::PasswordNeeded);
        assert_eq!(
            reason("Sorry, try again.\nsudo: no password was provided\nsudo: 1 incorrect password attempt\n"),
            NoRoot::PasswordWrong
        );
        assert_eq!(reason("deploy is not in the sudoers file.\n"), NoRoot::Refused);
        assert_eq!(reason("sh: 1: sudo: not found\n"), NoRoot::Refused);
    }
}
