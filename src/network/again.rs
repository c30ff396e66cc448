//! Reads a network again after a change in one file that belongs to one machine alone: that machine is read, and all else is
//! taken over. Gives up wherever the result could differ from that of reading everything; a test holds it to that.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use rustc_hash::FxHashSet;

use crate::eval::Evaluator;
use crate::options::{self, View};
use crate::text::{FileId, Span};

use super::assemble::{known_beside, read_machine, wanted_options};
use super::known::{self, LateReadings, Reading};
use super::load::Loading;
use super::machine::Machine;
use super::model::{Network, Problem};
use super::parts::{self, Given, Parts, special_arguments};
use super::remembered::{Remembered, Seen};
use super::{Request, absent, references};

impl Network {
    /// The network after this file has changed; nothing where that cannot be told without reading all of it. The request is that
    /// of the first time, with files in which the change was made.
    pub fn again(
        &self,
        remembered: &Remembered,
        request: &Request,
        changed: &Path,
    ) -> Option<(Network, Remembered)> {
        let number = remembered.machine_of(changed)?;
        let own = &remembered.files.files_of[number];
        let name = self.machines[number].name.as_str();
        let is_its = |it: &Problem| {
            let mut places = it.labels.iter().map(|label| label.0).chain([it.at]);
            it.machine.as_deref() == Some(name) || places.any(|at| own.contains(&at.file))
        };
        // What was seen and cannot be held against what is seen now; what somebody else was told because of it.
        if remembered.seen[number].values().any(|it| *it == View::Other)
            || self.problems.iter().any(is_its)
            || request.connections
        {
            return None;
        }
        let file = self.sources().find(changed)?;
        let text = String::from_utf8(request.files.read(changed).ok()?).ok()?;
        let mut sources = self.sources().clone();
        sources.replace(file, text);
        let mut loading = Loading::new(request, sources, true).ok()?;
        let (machine, others) = self.machine_again(&mut loading, number)?;
        let again = Again { before: self, remembered, number, own, changed: file };
        if !again.reaches_the_same(&loading.eval, &machine)? {
            return None;
        }
        let seen = again.seen(&mut loading.eval, &others)?;
        let network = again.joined(loading, machine, others);
        Some((network, Remembered { files: remembered.files.clone(), seen }))
    }

    /// Reads one machine; the others are there for whoever asks for them.
    fn machine_again(&self, loading: &mut Loading<'_>, number: usize) -> Option<(Machine, Others)> {
        let tops = loading.read_tops().ok()?;
        let same_inputs = loading.inputs.iter().map(|it| it.file).eq(self.inputs.iter().map(|it| it.file));
        if !same_inputs || !loading.problems.is_empty() || loading.open.len() != self.open.len() {
            return None;
        }
        let sorted = parts::sorted(loading, &tops, self.dialect);
        let mut given: Vec<(Arc<str>, Vec<Given>)> = Vec::with_capacity(self.machines.len());
        let mut machines = sorted.machines;
        machines.sort_by(|(a, _), (b, _)| a.cmp(b));
        for (name, of_machine) in machines {
            match given.last_mut() {
                Some((last, given)) if *last == name => given.push(of_machine),
                _ => given.push((name, vec![of_machine])),
            }
        }
        if !given.iter().map(|it| it.0.as_ref()).eq(self.machines.iter().map(|it| it.name.as_str())) {
            return None;
        }
        let special = special_arguments(loading, self.dialect, &tops, given.iter().map(|it| &it.0));
        let name = given[number].0.clone();
        let mut part = Parts::default();
        for it in &given[number].1 {
            part.read(&mut loading.eval, it, self.dialect);
        }
        let starts = part.starts(self.dialect, &sorted.defaults);
        let defaults = Arc::new((self.dialect, sorted.defaults));
        let unread = given.into_iter().zip(special).map(|((name, given), special)| known::Unread {
            name,
            starts: known::Starts::Later(given, defaults.clone()),
            special,
        });
        let mut unread: Vec<known::Unread> = unread.collect();
        unread[number].starts = known::Starts::Known(starts);
        let arguments = loading.given().to_vec();
        let world = known::World {
            dialect: self.dialect,
            complete: loading.open.is_empty(),
            arguments: &arguments,
            watch: true,
        };
        let (reading, late) = known::reading_of(&mut loading.eval, unread, number, &world);
        reading.collect(&mut loading.eval);
        let schema = wanted_options(&loading.request.more_options);
        let (mut machine, _, pending) = read_machine(loading, self.dialect, (&name, part), &reading, &schema);
        let syntax_errors = loading.eval.syntax_errors().to_vec();
        let pipes = loading.eval.pipes().to_vec();
        if let Some(pending) = pending {
            let nixos = loading.request.options.as_deref();
            machine.option_mistakes =
                options::schema::judge(&mut loading.eval, &pending, nixos, known_beside());
        }
        let fine = loading.problems.is_empty()
            && loading.eval.excused().is_empty()
            && !loading.eval.was_near_its_end();
        fine.then_some((machine, Others { reading, late, syntax_errors, pipes }))
    }
}

/// What else came of reading the machine.
struct Others {
    reading: Reading,
    late: LateReadings,
    /// Of the files that a deployment reads itself.
    syntax_errors: Vec<crate::syntax::SyntaxError>,
    pipes: Vec<Span>,
}

/// One machine that was read again, beside what there was before.
struct Again<'a> {
    before: &'a Network,
    remembered: &'a Remembered,
    /// The machine.
    number: usize,
    /// The files that belong to it alone.
    own: &'a [FileId],
    changed: FileId,
}

impl Again<'_> {
    fn is_own(&self, file: FileId) -> bool {
        self.own.contains(&file)
    }

    /// Whether the machine has to do with all other files as before.
    fn reaches_the_same(&self, eval: &Evaluator, machine: &Machine) -> Option<bool> {
        let is_users = |file: &FileId| !eval.is_library(*file) && eval.sources().path(*file).is_absolute();
        let loaded: FxHashSet<FileId> = eval.loaded().filter(is_users).collect();
        let was_read = |file: &FileId| self.before.files.binary_search(file).is_ok();
        if !loaded.iter().all(was_read) || !self.own.iter().all(|it| loaded.contains(it)) {
            return Some(false);
        }
        let mut borrows = false;
        machine.files_of_values(&mut |file| {
            borrows |= !self.is_own(file) && self.remembered.files.written.contains_key(&file);
        });
        if borrows {
            return Some(false);
        }
        // Whatever else leads to files of the network may have led to others before.
        let leads_there = |it: &PathBuf| {
            self.remembered.files.folders.contains(it)
                || eval.sources().find(it).is_some_and(|it| was_read(&it))
        };
        if eval.detours().iter().any(leads_there) {
            return Some(false);
        }
        let before = &self.before.machines[self.number];
        let elsewhere = |functions: &[Span]| -> FxHashSet<Span> {
            functions.iter().filter(|it| !self.is_own(it.file)).copied().collect()
        };
        if elsewhere(&machine.functions) != elsewhere(&before.functions) {
            return Some(false);
        }
        let mut written = eval.paths_written(self.own);
        let in_changed: Vec<&PathBuf> =
            written.iter().filter(|(_, at)| at.file == self.changed).map(|it| &it.0).collect();
        if !in_changed.into_iter().eq(self.remembered.files.written.get(&self.changed)?) {
            return Some(false);
        }
        for input in &self.before.inputs {
            let attributes = eval.attributes_of_file(input.file)?;
            let given = attributes.into_iter().find(|(name, _)| eval.name(*name) == machine.name.as_str());
            let Some((_, given)) = given else { continue };
            let of_machine = |at: Span| given.start <= at.start && at.end <= given.end;
            written.extend(eval.paths_written(&[input.file]).into_iter().filter(|(_, at)| of_machine(*at)));
        }
        // A file that was read for this machine perhaps, and is not now, may be read for nobody any more.
        let is_read = |path: &Path| {
            let file = [path.to_owned(), path.join("default.nix")];
            let file = file.iter().find_map(|it| eval.sources().find(it)).filter(was_read);
            match file {
                Some(file) => loaded.contains(&file),
                None => !self.remembered.files.folders.contains(path),
            }
        };
        Some(written.iter().all(|(path, _)| is_read(path)))
    }

    /// What others have seen of all machines, if those that were not read again would see the same of this one.
    fn seen(&self, eval: &mut Evaluator, others: &Others) -> Option<Vec<Arc<Seen>>> {
        let mut all = self.remembered.seen.clone();
        let before = all[self.number].clone();
        let (config, views) = others.reading.views()?;
        for path in before.keys() {
            let mut value = config;
            for name in path {
                value = eval.make_select(value, name);
            }
            // Whatever it is, it was seen now.
            let _ = eval.force(value);
        }
        let now = views.seen();
        if before.iter().any(|(path, view)| now.get(path) != Some(view)) {
            return None;
        }
        if now.len() > before.len() {
            all[self.number] = Arc::new(now);
        }
        for (seen, reading) in all.iter_mut().zip(others.late.iter()) {
            let Some((_, views)) = reading.get().and_then(Reading::views) else { continue };
            let now = views.seen();
            if now.iter().all(|(path, view)| seen.get(path) == Some(view)) {
                continue;
            }
            if now.iter().any(|(path, view)| seen.get(path).is_some_and(|it| it != view)) {
                return None;
            }
            Arc::make_mut(seen).extend(now);
        }
        Some(all)
    }

    /// The network with the machine as it is now.
    fn joined(&self, loading: Loading<'_>, machine: Machine, others: Others) -> Network {
        let Loading { request, mut eval, .. } = loading;
        let mut network = self.before.clone();
        network.needs = OnceLock::new();
        let is_own = |file: FileId| self.is_own(file);
        let heads = &machine.functions;
        network.functions.retain(|it| !is_own(it.file));
        network.functions.extend(heads.iter().filter(|it| is_own(it.file)));
        network.functions.sort_unstable();
        network.functions.dedup();
        network.references.retain(|it| !is_own(it.at.file));
        let references = references::references(&eval, heads);
        network.references.extend(references.into_iter().filter(|it| is_own(it.at.file)));
        network.references.sort_by_key(|it| it.at);
        let mut sorted = heads.clone();
        sorted.sort_unstable();
        network.conditionals.retain(|it| !is_own(it.at.file));
        network
            .conditionals
            .extend(eval.conditional_modules(&sorted).into_iter().filter(|it| is_own(it.at.file)));
        network.syntax_errors.retain(|it| !is_own(it.span.file));
        network.syntax_errors.extend(others.syntax_errors.into_iter().filter(|it| is_own(it.span.file)));
        network.pipes.retain(|it| !is_own(it.file));
        network.pipes.extend(others.pipes.into_iter().filter(|it| is_own(it.file)));
        network.allows.retain(|it| !is_own(it.0));
        network.allows.extend(eval.allows().iter().filter(|it| is_own(it.0)).cloned());
        network.oddities.retain(|it| !is_own(it.0));
        network.oddities.extend(eval.oddities().iter().filter(|it| is_own(it.0)).cloned());
        network.library_files.extend(eval.loaded().filter(|it| eval.is_library(*it)));
        network.library_files.sort_unstable();
        network.library_files.dedup();
        let machine = Arc::new(machine);
        let first = network.inputs.first().and_then(|it| eval.sources().path(it.file).parent());
        if let Some(folder) = first.map(Path::to_owned) {
            let name = machine.name.as_str();
            let at = network.missing_keys.partition_point(|it| it.machine.as_str() < name);
            network.missing_keys.retain(|it| it.machine != name);
            let missing =
                absent::missing_keys(&eval, request.files.as_ref(), &folder, std::slice::from_ref(&machine));
            network.missing_keys.splice(at..at, missing);
        }
        network.machines[self.number] = machine;
        network.sources = Arc::new(std::mem::take(eval.sources_mut()));
        network
    }
}
