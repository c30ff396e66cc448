//! The critical path: the chain of steps that made a run as long as it was, each waited for by the next.
//!
//! Pure: from what each step waits for and when each was begun and ended. It follows the plan, so it does not see that a
//! step waited for a free place; what lies between two steps of the chain is waiting.

/// One step in time, in whatever unit.
#[derive(Clone, Debug)]
pub(super) struct Timed<'a> {
    /// Positions of the steps that it waited for.
    pub after: &'a [usize],
    /// When it was begun and when it ended; none of a step that was not done.
    pub span: Option<(i64, i64)>,
}

/// The chain, first step first. It ends with the step that ended last; before each step is the one that ended last of those
/// that it waited for.
pub(super) fn critical_path(steps: &[Timed<'_>]) -> Vec<usize> {
    let ended = |at: usize| steps.get(at).and_then(|step| step.span).map(|(_, ended)| ended);
    // Of steps that ended together the later one of the plan: the others come before it.
    let last_of = |some: &mut dyn Iterator<Item = usize>| {
        some.filter_map(|at| Some((ended(at)?, at))).max().map(|(_, at)| at)
    };
    let mut path = Vec::new();
    let mut next = last_of(&mut (0..steps.len()));
    while let Some(at) = next {
        path.push(at);
        // What a step waits for stands before it, so that this comes to an end.
        next = last_of(&mut steps[at].after.iter().copied().filter(|before| *before < at));
    }
    path.reverse();
    path
}

/// For a plan that was not carried out yet: the place of each step in the longest chain that leads to it, from 0 on.
pub(super) fn depths<'a>(after: impl Iterator<Item = &'a [usize]>) -> Vec<i64> {
    let mut depths: Vec<i64> = Vec::new();
    for after in after {
        let before = after.iter().filter_map(|at| depths.get(*at)).max();
        depths.push(before.map_or(0, |depth| depth + 1));
    }
    depths
}

#[cfg(test)]
mod tests {
    use super::*;

    type Step<'a> = (&'a [usize], Option<(i64, i64)>);

    fn path(steps: &[Step<'_>]) -> Vec<usize> {
        let steps: Vec<Timed<'_>> = steps.iter().map(|(after, span)| Timed { after, span: *span }).collect();
        critical_path(&steps)
    }

    #[test]
    fn the_chain_goes_over_what_ended_last_each_time() {
        // Two builds, of which the second is slower; both are waited for; then a quick and a slow activation.
        let steps: [Step<'_>; 5] = [
            (&[], Some((0, 10))),
            (&[], Some((0, 30))),
            (&[0, 1], Some((30, 31))),
            (&[2], Some((31, 35))),
            (&[2], Some((31, 60))),
        ];
        assert_eq!(path(&steps), [1, 2, 4]);
    }

    #[test]
    fn what_was_never_done_is_no_part_of_it() {
        let steps: [Step<'_>; 4] = [(&[], Some((0, 5))), (&[0], Some((5, 9))), (&[1], None), (&[1, 2], None)];
        assert_eq!(path(&steps), [0, 1]);
        assert_eq!(path(&[(&[], None)]), [0_usize; 0]);
        assert_eq!(path(&[]), [0_usize; 0]);
    }

    #[test]
    fn of_steps_that_end_together_the_later_one_counts() {
        let steps: [Step<'_>; 3] = [(&[], Some((0, 7))), (&[0], Some((7, 7))), (&[0], Some((7, 7)))];
        assert_eq!(path(&steps), [0, 2]);
    }

    #[test]
    fn every_link_is_one_of_the_plan_and_nothing_ends_later() {
        // Plans of every shape of four steps, with times from a small table.
        const TIMES: [Option<(i64, i64)>; 4] = [Some((0, 3)), Some((2, 9)), None, Some((5, 6))];
        for shape in 0..256_usize {
            let after: Vec<Vec<usize>> = (0..4)
                .map(|at| (0..at).filter(|before| shape >> (at * 2 + before) & 1 == 1).collect())
                .collect();
            for turn in 0..4 {
                let steps: Vec<Timed<'_>> =
                    (0..4).map(|at| Timed { after: &after[at], span: TIMES[(at + turn) % 4] }).collect();
                let path = critical_path(&steps);
                assert!(path.windows(2).all(|pair| after[pair[1]].contains(&pair[0])), "{path:?}");
                let last = *path.last().expect("some step was done");
                assert_eq!(steps[last].span.map(|it| it.1), Some(9));
            }
        }
    }

    #[test]
    fn depths_count_the_longest_way() {
        let after: [&[usize]; 5] = [&[], &[0], &[], &[1, 2], &[2]];
        assert_eq!(depths(after.into_iter()), [0, 1, 0, 2, 1]);
    }
}
