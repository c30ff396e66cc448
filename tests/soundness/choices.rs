//! The choices that make a program: random ones, or those of a program that is being made smaller. It knows nothing of
//! Nix.

/// Where choices come from. Each choice taken is kept, so that the program can be made again.
pub(crate) struct Choices {
    given: Vec<u32>,
    /// Random numbers behind the given ones; without it they are all 0, the simplest choice.
    state: Option<u64>,
    pub(crate) taken: Vec<u32>,
}

impl Choices {
    pub(crate) fn random(seed: u64) -> Self {
        Self { given: Vec::new(), state: Some(seed), taken: Vec::new() }
    }

    pub(crate) fn given(given: Vec<u32>) -> Self {
        Self { given, state: None, taken: Vec::new() }
    }

    fn next(&mut self) -> u32 {
        let choice = match (self.given.get(self.taken.len()), &mut self.state) {
            (Some(choice), _) => *choice,
            (None, None) => 0,
            (None, Some(state)) => {
                // splitmix64
                *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
                let mut mixed = *state;
                mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
                mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
                ((mixed ^ (mixed >> 31)) >> 32) as u32
            }
        };
        self.taken.push(choice);
        choice
    }

    /// A number below `count`; 0 is the simplest.
    pub(crate) fn below(&mut self, count: usize) -> usize {
        self.next() as usize % count.max(1)
    }

    pub(crate) fn pick<'a, T: ?Sized>(&mut self, of: &[&'a T]) -> &'a T {
        of[self.below(of.len())]
    }

    /// True once in `of` times; the simplest is false.
    pub(crate) fn rarely(&mut self, of: usize) -> bool {
        self.below(of) == of - 1
    }
}

/// Makes the choices of a failing case fewer and simpler as long as it still fails.
pub(crate) fn shrink(
    mut choices: Vec<u32>,
    mut tries: usize,
    mut fails: impl FnMut(&[u32]) -> bool,
) -> Vec<u32> {
    let mut again = true;
    while again && tries > 0 {
        again = false;
        let mut width = choices.len().max(1);
        while width > 0 && tries > 0 {
            let mut start = 0;
            while start < choices.len() && tries > 0 {
                let end = (start + width).min(choices.len());
                let mut shorter = choices.clone();
                shorter.drain(start..end);
                tries -= 1;
                if fails(&shorter) {
                    choices = shorter;
                    again = true;
                    continue;
                }
                if width <= 8 && choices[start..end].iter().any(|choice| *choice != 0) {
                    let mut simpler = choices.clone();
                    simpler[start..end].fill(0);
                    tries = tries.saturating_sub(1);
                    if fails(&simpler) {
                        choices = simpler;
                        again = true;
                    }
                }
                start = end;
            }
            width /= 2;
        }
    }
    choices
}
