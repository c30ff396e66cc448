//! What a flake input or a fetcher's URL refers to, as far as its text tells: the repository, the revision, the path.
//!
//! Nothing is looked up: a name of the flake registry stays a name.

use std::path::PathBuf;

use crate::value::Project;

/// Where something would be fetched from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::eval) struct Reference {
    /// `github`, `git`, `path`, `tarball`, `indirect` …
    pub(in crate::eval) kind: String,
    /// The owner or the first folder of the URL.
    pub(in crate::eval) owner: String,
    /// The repository, or the name in the registry.
    pub(in crate::eval) repo: String,
    pub(in crate::eval) rev: Option<String>,
    /// A branch or tag.
    pub(in crate::eval) branch: Option<String>,
    /// On this computer.
    pub(in crate::eval) path: Option<PathBuf>,
    /// The folder of the flake in what is fetched.
    pub(in crate::eval) dir: Option<String>,
    /// What users recognise.
    pub(in crate::eval) shown: String,
}

impl Reference {
    /// Reads a flake reference, or the URL given to a fetcher.
    pub(in crate::eval) fn of_text(text: &str) -> Reference {
        let (place, query) = text.split_once('?').unwrap_or((text, ""));
        let asked = |name: &str| {
            query.split('&').find_map(|it| it.strip_prefix(name)?.strip_prefix('=')).map(str::to_owned)
        };
        let mut this =
            Reference { dir: asked("dir"), rev: asked("rev"), branch: asked("ref"), ..Reference::default() };
        if let Some((kind @ ("github" | "gitlab" | "sourcehut"), rest)) = place.split_once(':') {
            this.kind = kind.to_owned();
            let mut parts = rest.splitn(3, '/');
            this.owner = parts.next().unwrap_or_default().to_owned();
            this.repo = parts.next().unwrap_or_default().to_owned();
            this.revision_or_branch(parts.next());
        } else if let Some(path) = local(place) {
            this.kind = if place.starts_with("git") { "git" } else { "path" }.to_owned();
            this.path = Some(PathBuf::from(path));
        } else if let Some((scheme, rest)) = place.split_once("://") {
            this.kind = if scheme.starts_with("git") { "git" } else { "tarball" }.to_owned();
            this.of_url(rest);
        } else if let Some(rest) = place.strip_prefix("git@") {
            this.kind = "git".to_owned();
            this.of_url(&rest.replacen(':', "/", 1));
        } else if !place.contains(':') {
            let mut parts = place.splitn(2, '/');
            this.kind = "indirect".to_owned();
            this.repo = parts.next().unwrap_or_default().to_owned();
            this.revision_or_branch(parts.next());
        } else if let Some(rest) = place.strip_prefix("flake:") {
            return Reference { dir: this.dir, ..Reference::of_text(rest) };
        }
        this.shown = match (this.kind.as_str(), &this.rev) {
            ("github" | "gitlab" | "sourcehut", _) | ("git" | "indirect", Some(_)) => this.short(),
            _ => text.to_owned(),
        };
        this
    }

    /// The same from the attributes of a lock file or of `fetchTree`.
    pub(in crate::eval) fn of_attributes(get: impl Fn(&str) -> Option<String>) -> Reference {
        let kind = get("type").unwrap_or_default();
        let mut this = match (&get("url"), &get("path")) {
            (Some(url), _) => Reference::of_text(url),
            (None, Some(path)) => Reference { path: Some(PathBuf::from(path)), ..Reference::default() },
            _ => Reference::default(),
        };
        this.owner = get("owner").unwrap_or(this.owner);
        this.repo = get("repo").or_else(|| get("id")).unwrap_or(this.repo);
        this.rev = get("rev").or(this.rev);
        this.branch = get("ref").or(this.branch);
        this.dir = get("dir").or(this.dir);
        if !kind.is_empty() {
            this.kind = kind;
        }
        this.shown = match (this.kind.as_str(), &this.path) {
            ("tarball" | "file", _) => get("url").unwrap_or_default(),
            (_, Some(path)) => format!("path:{}", path.display()),
            _ => this.short(),
        };
        this
    }

    /// What comes behind the repository: forty hexadecimal digits are a revision.
    fn revision_or_branch(&mut self, text: Option<&str>) {
        let Some(text) = text.filter(|it| !it.is_empty()) else { return };
        if is_revision(text) {
            self.rev = Some(text.to_owned());
        } else {
            self.branch = Some(text.to_owned());
        }
    }

    /// Owner and repository of a URL behind its scheme.
    fn of_url(&mut self, rest: &str) {
        let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
        let host = host.rsplit('@').next().unwrap_or(host);
        let mut parts = path.split('/').filter(|it| !it.is_empty());
        if host.ends_with("nixos.org") || host == "nixpkgs.dev" {
            // Channels and releases: packed nixpkgs, but for the few that are Nix itself.
            let other = parts.clone().any(|it| it == "nix" || it == "patchelf");
            self.owner = "NixOS".to_owned();
            self.repo = if other { "nix" } else { "nixpkgs" }.to_owned();
            return;
        }
        if host.ends_with("flakehub.com") && parts.clone().next() == Some("f") {
            parts.next();
        }
        let first = parts.next().unwrap_or_default();
        let second = parts.next();
        self.owner = second.map_or("", |_| first).to_owned();
        let repo = second.unwrap_or(first);
        self.repo = repo.strip_suffix(".git").unwrap_or(repo).to_owned();
        let revision = parts.flat_map(|it| it.split('.')).find(|it| is_revision(it));
        self.rev = self.rev.take().or_else(|| revision.map(str::to_owned));
    }

    /// `github:NixOS/nixpkgs/abcdef0`.
    fn short(&self) -> String {
        let parts = [&self.owner, &self.repo].into_iter().filter(|it| !it.is_empty());
        let mut text = parts.map(String::as_str).collect::<Vec<_>>().join("/");
        let at = self.rev.as_ref().map(|it| it.chars().take(7).collect()).or_else(|| self.branch.clone());
        if let Some(at) = at {
            text = format!("{text}/{at}");
        }
        match self.kind.as_str() {
            "indirect" => text,
            kind => format!("{kind}:{text}"),
        }
    }

    /// The project, if it is one whose outputs are known without its files.
    pub(in crate::eval) fn project(&self) -> Option<Project> {
        if self.dir.is_some() {
            let lib = self.repo == "nixpkgs" && self.dir.as_deref() == Some("lib");
            return lib.then_some(Project::Nixpkgs);
        }
        Some(match self.repo.to_ascii_lowercase().as_str() {
            "nixpkgs" | "nixpkgs-channels" | "nixpkgs.lib" | "nixpkgs-lib" => Project::Nixpkgs,
            "colmena" => Project::Colmena,
            "deploy-rs" => Project::DeployRs,
            "flake-compat" => Project::FlakeCompat,
            "flake-parts" => Project::FlakeParts,
            "flake-utils" => Project::FlakeUtils,
            repo if TOOLS.contains(&repo) => Project::Tools,
            repo if self.owner.eq_ignore_ascii_case("nix-systems") => {
                Project::Systems(SYSTEMS.iter().find(|(name, _)| *name == repo)?.0)
            }
            "systems" if self.kind == "indirect" => Project::Systems("default"),
            _ => return None,
        })
    }
}

/// Repositories whose modules for flake-parts define no machine.
const TOOLS: [&str; 15] = [
    "agenix-rekey",
    "devenv",
    "devshell",
    "flake-root",
    "git-hooks.nix",
    "haskell-flake",
    "hercules-ci-effects",
    "home-manager",
    "just-flake",
    "make-shell",
    "mission-control",
    "nix-topology",
    "pre-commit-hooks.nix",
    "process-compose-flake",
    "treefmt-nix",
];

/// The repositories of nix-systems, and the list each gives.
pub(in crate::eval) const SYSTEMS: [(&str, &[&str]); 7] = [
    ("default", &["aarch64-darwin", "aarch64-linux", "x86_64-darwin", "x86_64-linux"]),
    ("default-linux", &["aarch64-linux", "x86_64-linux"]),
    ("default-darwin", &["aarch64-darwin", "x86_64-darwin"]),
    ("x86_64-linux", &["x86_64-linux"]),
    ("aarch64-linux", &["aarch64-linux"]),
    ("x86_64-darwin", &["x86_64-darwin"]),
    ("aarch64-darwin", &["aarch64-darwin"]),
];

fn is_revision(text: &str) -> bool {
    text.len() == 40 && text.bytes().all(|it| it.is_ascii_hexdigit())
}

/// The path that a reference to this computer names.
fn local(place: &str) -> Option<&str> {
    if place.starts_with('/') || place.starts_with('.') {
        return Some(place);
    }
    for scheme in ["path:", "git+file:", "file:"] {
        if let Some(path) = place.strip_prefix(scheme) {
            return Some(path.strip_prefix("//").unwrap_or(path));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_read_as_nix_writes_them() {
        let rev = "0123456789012345678901234567890123456789";
        let github = Reference::of_text(&format!("github:NixOS/nixpkgs/{rev}?dir=lib"));
        assert_eq!((github.owner.as_str(), github.repo.as_str()), ("NixOS", "nixpkgs"));
        assert_eq!((github.rev.as_deref(), github.dir.as_deref()), (Some(rev), Some("lib")));
        assert_eq!(github.shown, "github:NixOS/nixpkgs/0123456");
        assert_eq!(Reference::of_text("nixpkgs/nixos-23.05").branch.as_deref(), Some("nixos-23.05"));
        assert_eq!(Reference::of_text("path:./sub").path, Some(PathBuf::from("./sub")));
        assert_eq!(Reference::of_text("git+file:///a?dir=b").path, Some(PathBuf::from("/a")));
    }

    #[test]
    fn projects_are_recognised_by_what_they_are() {
        let project = |text: &str| Reference::of_text(text).project();
        let rev = "0123456789012345678901234567890123456789";
        for text in [
            &format!("https://github.com/NixOS/nixpkgs/archive/{rev}.tar.gz"),
            "https://nixos.org/channels/nixos-23.11/nixexprs.tar.xz",
            "https://releases.nixos.org/nixos/23.11/nixos-23.11.1/nixexprs.tar.xz",
            "https://flakehub.com/f/NixOS/nixpkgs/0.1.tar.gz",
            "git+ssh://git@github.com/someone/nixpkgs.git",
            "git@github.com:NixOS/nixpkgs",
            "nixpkgs",
            "flake:nixpkgs/nixos-unstable",
        ] {
            assert_eq!(project(text), Some(Project::Nixpkgs), "{text}");
        }
        assert_eq!(project("github:nix-systems/default-linux"), Some(Project::Systems("default-linux")));
        for text in
            ["github:nix-community/nixpkgs-wayland", "nixpkgs-fmt", "https://nixos.org/releases/nix/nix-2.3"]
        {
            assert_eq!(project(text), None, "{text}");
        }
    }
}
