//! POSIX extended regular expressions as Nix's C++ library matches them: all ways are tried in order, of several
//! matches the longest counts, and the first of equally long ones. Works on bytes, with bounded work.

use crate::eval::budget::BYTES_IN_A_STEP;

/// Why a text is no expression, or may be read in two ways.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RegexError {
    Invalid,
    Unsure,
}

/// The work was too much.
#[derive(Clone, Copy, Debug)]
pub(super) struct TooMuch;

#[derive(Clone, Debug)]
enum Node {
    Set(Box<[bool; 256]>),
    Start,
    End,
    Group(usize, Box<Node>),
    Sequence(Vec<Node>),
    Either(Vec<Node>),
    Repeat(Box<Node>, u32, Option<u32>),
}

#[derive(Clone, Debug)]
pub(super) struct Regex {
    root: Node,
    groups: usize,
}

pub(super) type Groups = Vec<Option<(usize, usize)>>;

/// How deep trying goes, some 300 bytes of stack each. Nix' own library has no stack left long before.
const DEEPEST: u32 = 500_000;

/// The largest count in braces; libraries refuse more.
const MOST_REPEATS: u32 = 1_000;

struct Reader<'a> {
    text: &'a [u8],
    at: usize,
    groups: usize,
    depth: u32,
}

impl Regex {
    pub(super) fn new(text: &str) -> Result<Self, RegexError> {
        let mut reader = Reader { text: text.as_bytes(), at: 0, groups: 0, depth: 0 };
        let root = reader.either()?;
        if reader.at < reader.text.len() {
            return Err(RegexError::Invalid);
        }
        Ok(Self { root, groups: reader.groups })
    }

    /// `work` is how many steps may be taken; what is left of them stays in it.
    pub(super) fn full_match(&self, text: &[u8], work: &mut u64) -> Result<Option<Groups>, TooMuch> {
        self.run(text, 0, true, work)
    }

    /// The leftmost match at or behind `from`.
    pub(super) fn search(&self, text: &[u8], from: usize, work: &mut u64) -> Result<Option<Groups>, TooMuch> {
        for start in from..=text.len() {
            if let Some(found) = self.run(text, start, false, work)? {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    fn run(&self, text: &[u8], start: usize, full: bool, work: &mut u64) -> Result<Option<Groups>, TooMuch> {
        let groups = vec![None; self.groups + 1];
        let mut matcher = Matcher { text, groups, best: None, work, depth: 0, full };
        matcher.groups[0] = Some((start, start));
        matcher.go(&Then::Node(&self.root, &Then::Accept), start)?;
        Ok(matcher.best)
    }
}

/// What is left to match: a list on the stack.
enum Then<'a> {
    Accept,
    Node(&'a Node, &'a Then<'a>),
    Sequence(&'a [Node], &'a Then<'a>),
    Close(usize, usize, &'a Then<'a>),
    /// More rounds of a loop; where the round before began, to stop rounds that match nothing.
    Again(&'a Node, u32, Option<u32>, usize, &'a Then<'a>),
}

struct Matcher<'t, 'w> {
    text: &'t [u8],
    groups: Groups,
    best: Option<Groups>,
    work: &'w mut u64,
    depth: u32,
    full: bool,
}

impl Matcher<'_, '_> {
    /// Tries everything; whether it can stop, because nothing better can come.
    fn go(&mut self, then: &Then<'_>, at: usize) -> Result<bool, TooMuch> {
        *self.work = self.work.checked_sub(1).ok_or(TooMuch)?;
        if self.depth >= DEEPEST {
            return Err(TooMuch);
        }
        self.depth += 1;
        let done = stacker::maybe_grow(64 << 10, 4 << 20, || self.step(then, at));
        self.depth -= 1;
        done
    }

    fn step(&mut self, then: &Then<'_>, at: usize) -> Result<bool, TooMuch> {
        match then {
            Then::Accept => Ok(self.accept(at)),
            Then::Close(group, start, rest) => {
                let before = self.groups[*group].replace((*start, at));
                let done = self.go(rest, at)?;
                self.groups[*group] = before;
                Ok(done)
            }
            Then::Sequence(nodes, rest) => match nodes.split_first() {
                None => self.go(rest, at),
                Some((first, [])) => self.go(&Then::Node(first, rest), at),
                Some((first, others)) => self.go(&Then::Node(first, &Then::Sequence(others, rest)), at),
            },
            Then::Again(node, least, most, begun, rest) => {
                // A round that matched nothing is the last.
                if at == *begun && *least == 0 {
                    return self.go(rest, at);
                }
                self.rounds(node, *least, *most, at, rest)
            }
            Then::Node(node, rest) => match node {
                Node::Set(set) => match self.text.get(at) {
                    Some(byte) if set[*byte as usize] => self.go(rest, at + 1),
                    _ => Ok(false),
                },
                Node::Start => {
                    if at == 0 {
                        self.go(rest, at)
                    } else {
                        Ok(false)
                    }
                }
                Node::End => {
                    if at == self.text.len() {
                        self.go(rest, at)
                    } else {
                        Ok(false)
                    }
                }
                Node::Group(group, inside) => {
                    self.go(&Then::Node(inside, &Then::Close(*group, at, rest)), at)
                }
                Node::Sequence(nodes) => self.go(&Then::Sequence(nodes, rest), at),
                Node::Either(ways) => {
                    for way in ways {
                        if self.go(&Then::Node(way, rest), at)? {
                            return Ok(true);
                        }
                    }
                    Ok(false)
                }
                Node::Repeat(inside, least, most) => self.rounds(inside, *least, *most, at, rest),
            },
        }
    }

    fn rounds(
        &mut self,
        node: &Node,
        least: u32,
        most: Option<u32>,
        at: usize,
        rest: &Then<'_>,
    ) -> Result<bool, TooMuch> {
        if most != Some(0) {
            // Single characters need no backtracking into the round itself.
            if let Node::Set(set) = node {
                return self.run_of(set, least, most, at, rest);
            }
            let again = Then::Again(node, least.saturating_sub(1), most.map(|most| most - 1), at, rest);
            if self.go(&Then::Node(node, &again), at)? {
                return Ok(true);
            }
        }
        if least == 0 { self.go(rest, at) } else { Ok(false) }
    }

    fn run_of(
        &mut self,
        set: &[bool; 256],
        least: u32,
        most: Option<u32>,
        at: usize,
        rest: &Then<'_>,
    ) -> Result<bool, TooMuch> {
        let most = most.map_or(usize::MAX, |most| most as usize);
        let count = self.text[at..].iter().take(most).take_while(|byte| set[**byte as usize]).count();
        *self.work = self.work.checked_sub((count / BYTES_IN_A_STEP) as u64).ok_or(TooMuch)?;
        for taken in (least as usize..=count).rev() {
            if self.go(rest, at + taken)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn accept(&mut self, at: usize) -> bool {
        if self.full && at != self.text.len() {
            return false;
        }
        let start = self.groups[0].map_or(0, |(start, _)| start);
        let longest = self.best.as_ref().and_then(|best| best[0]).map(|(_, end)| end);
        if longest.is_none_or(|end| at > end) {
            let mut groups = self.groups.clone();
            groups[0] = Some((start, at));
            self.best = Some(groups);
        }
        at == self.text.len()
    }
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn either(&mut self) -> Result<Node, RegexError> {
        self.depth += 1;
        if self.depth > 200 {
            return Err(RegexError::Unsure);
        }
        let mut ways = vec![self.sequence()?];
        while self.peek() == Some(b'|') {
            self.at += 1;
            ways.push(self.sequence()?);
        }
        self.depth -= 1;
        Ok(if ways.len() == 1 { ways.remove(0) } else { Node::Either(ways) })
    }

    fn sequence(&mut self) -> Result<Node, RegexError> {
        let mut nodes = Vec::new();
        while let Some(byte) = self.peek() {
            let node = match byte {
                b'|' | b')' => break,
                b'(' => {
                    self.at += 1;
                    self.groups += 1;
                    let group = self.groups;
                    let inside = self.either()?;
                    if self.peek() != Some(b')') {
                        return Err(RegexError::Invalid);
                    }
                    self.at += 1;
                    Node::Group(group, Box::new(inside))
                }
                b'*' | b'+' | b'?' | b'{' => return Err(RegexError::Invalid),
                b'^' => {
                    self.at += 1;
                    nodes.push(Node::Start);
                    continue;
                }
                b'$' => {
                    self.at += 1;
                    nodes.push(Node::End);
                    continue;
                }
                b'[' => self.bracket()?,
                b'\\' => self.escape()?,
                b'.' => {
                    self.at += 1;
                    // POSIX lets a dot match everything but NUL.
                    set(|byte| byte != 0)
                }
                literal => {
                    self.at += 1;
                    set(|byte| byte == literal)
                }
            };
            nodes.push(self.repeated(node)?);
        }
        Ok(Node::Sequence(nodes))
    }

    fn escape(&mut self) -> Result<Node, RegexError> {
        let Some(literal) = self.text.get(self.at + 1).copied() else { return Err(RegexError::Invalid) };
        self.at += 2;
        match literal {
            b'.' | b'[' | b'\\' | b'(' | b')' | b'*' | b'+' | b'?' | b'{' | b'|' | b'^' | b'$' => {
                Ok(set(|byte| byte == literal))
            }
            // The standard leaves these open, and libraries differ.
            _ => Err(RegexError::Unsure),
        }
    }

    fn repeated(&mut self, mut node: Node) -> Result<Node, RegexError> {
        loop {
            let (least, most) = match self.peek() {
                Some(b'*') => (0, None),
                Some(b'+') => (1, None),
                Some(b'?') => (0, Some(1)),
                Some(b'{') => {
                    self.at += 1;
                    let (least, most) = self.braces()?;
                    node = Node::Repeat(Box::new(node), least, most);
                    continue;
                }
                _ => return Ok(node),
            };
            self.at += 1;
            node = Node::Repeat(Box::new(node), least, most);
        }
    }

    fn count(&mut self) -> Result<Option<u32>, RegexError> {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        if start == self.at {
            return Ok(None);
        }
        let text = std::str::from_utf8(&self.text[start..self.at]).unwrap_or_default();
        match text.parse::<u32>() {
            Ok(count) if count <= MOST_REPEATS => Ok(Some(count)),
            _ => Err(RegexError::Unsure),
        }
    }

    fn braces(&mut self) -> Result<(u32, Option<u32>), RegexError> {
        let least = self.count()?.ok_or(RegexError::Invalid)?;
        let most = if self.peek() == Some(b',') {
            self.at += 1;
            self.count()?
        } else {
            Some(least)
        };
        if self.peek() != Some(b'}') || most.is_some_and(|most| most < least) {
            return Err(RegexError::Invalid);
        }
        self.at += 1;
        Ok((least, most))
    }

    fn bracket(&mut self) -> Result<Node, RegexError> {
        self.at += 1;
        let mut members = [false; 256];
        let negated = self.peek() == Some(b'^');
        if negated {
            self.at += 1;
        }
        let mut first = true;
        loop {
            let byte = self.peek().ok_or(RegexError::Invalid)?;
            if byte == b']' && !first {
                self.at += 1;
                break;
            }
            first = false;
            if byte == b'[' && matches!(self.text.get(self.at + 1), Some(b':' | b'.' | b'=')) {
                self.class(&mut members)?;
                continue;
            }
            if !byte.is_ascii() {
                return Err(RegexError::Unsure);
            }
            self.at += 1;
            let range = self.peek() == Some(b'-') && !matches!(self.text.get(self.at + 1), Some(b']') | None);
            if range {
                let last = self.text[self.at + 1];
                if last == b'[' || !last.is_ascii() {
                    return Err(RegexError::Unsure);
                }
                if last < byte {
                    return Err(RegexError::Invalid);
                }
                members[byte as usize..=last as usize].fill(true);
                self.at += 2;
            } else {
                members[byte as usize] = true;
            }
        }
        if negated {
            members.iter_mut().for_each(|member| *member = !*member);
        }
        Ok(Node::Set(Box::new(members)))
    }

    fn class(&mut self, members: &mut [bool; 256]) -> Result<(), RegexError> {
        let rest = &self.text[self.at + 2..];
        let end = rest.windows(2).position(|pair| pair == b":]").ok_or(RegexError::Unsure)?;
        if self.text[self.at + 1] != b':' {
            return Err(RegexError::Unsure);
        }
        let is: fn(u8) -> bool = match &rest[..end] {
            b"alnum" => |byte| byte.is_ascii_alphanumeric(),
            b"alpha" => |byte| byte.is_ascii_alphabetic(),
            b"blank" => |byte| byte == b' ' || byte == b'\t',
            b"cntrl" => |byte| byte.is_ascii_control(),
            b"digit" => |byte| byte.is_ascii_digit(),
            b"graph" => |byte| byte.is_ascii_graphic(),
            b"lower" => |byte| byte.is_ascii_lowercase(),
            b"print" => |byte| byte.is_ascii_graphic() || byte == b' ',
            b"punct" => |byte| byte.is_ascii_punctuation(),
            b"space" => |byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c),
            b"upper" => |byte| byte.is_ascii_uppercase(),
            b"xdigit" => |byte| byte.is_ascii_hexdigit(),
            _ => return Err(RegexError::Invalid),
        };
        for byte in 0..=255_u8 {
            members[byte as usize] |= is(byte);
        }
        self.at += 2 + end + 2;
        Ok(())
    }
}

fn set(is: impl Fn(u8) -> bool) -> Node {
    let mut members = [false; 256];
    for byte in 0..=255_u8 {
        members[byte as usize] = is(byte);
    }
    Node::Set(Box::new(members))
}
