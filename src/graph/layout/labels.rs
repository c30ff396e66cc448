//! How wide a text is, and what of it is shown. Names are set in a font of fixed width, so that this is known without the
//! font; where characters may be wider than it says, whoever draws squeezes them into the width that is given here.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::graph::chart::{Node, NodeKind};

/// Columns of a name that are shown.
const LONGEST: usize = 30;
/// A column of the font, in hundredths of a pixel: the widest of the usual fonts at 13 pixels.
const COLUMN: i64 = 805;
/// A column of the smaller font below it, at 11 pixels.
const SMALL: i64 = 680;
/// Beside the text of a box: its border, the stripe of its group, room for a mark.
const BESIDE: i64 = 34;
const NARROWEST: i64 = 96;

/// Characters that are not drawn, or change the direction of the text around them.
fn harmless(it: char) -> char {
    let odd = it.is_control()
        || matches!(it, '\u{61c}' | '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff0}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}');
    if odd { '\u{fffd}' } else { it }
}

/// The text, without its middle where it is too long: the ends of names tell machines apart.
pub(in crate::graph) fn shortened(text: &str, columns: usize) -> String {
    let text: String = text.chars().map(harmless).collect();
    if text.width() <= columns {
        return text;
    }
    let half = columns / 2;
    let take = |chars: &mut dyn Iterator<Item = char>, room: usize| {
        let mut used = 0;
        let fits = |it: &char| {
            used += it.width().unwrap_or(0).max(usize::from(used == 0));
            used <= room
        };
        chars.take_while(fits).collect::<String>()
    };
    let start = take(&mut text.chars(), columns - half - 1);
    let end: String = take(&mut text.chars().rev(), half).chars().rev().collect();
    format!("{start}…{end}")
}

pub(super) fn name(node: &Node) -> String {
    if node.kind == NodeKind::File && node.name.width() > LONGEST {
        // The end of a path says which file it is.
        let start = node.name.char_indices().rev().take(LONGEST - 2).last().map_or(0, |(at, _)| at);
        let end = node.name[start..].find('/').map_or(start, |it| start + it);
        return shortened(&format!("…{}", &node.name[end..]), LONGEST);
    }
    shortened(&node.name, LONGEST)
}

/// The second line of a box: the host where it is another name, else the tags.
pub(super) fn below(node: &Node) -> String {
    let text = match (&node.kind, &node.host) {
        (NodeKind::Group, _) => format!("{} machines", node.members),
        (NodeKind::Machine, Some(host)) if host == "?" => "host is not known".to_owned(),
        (NodeKind::Machine, Some(host)) if *host != node.name => host.clone(),
        (NodeKind::Selection, _) => format!("all {} of them", node.members),
        (NodeKind::Missing, _) => "no such machine".to_owned(),
        _ => String::new(),
    };
    shortened(&text, LONGEST + 4)
}

/// The width of a text in a box, in pixels; `small` for its second line.
pub(in crate::graph) fn width(text: &str, small: bool) -> i64 {
    let columns = i64::try_from(text.width()).unwrap_or(i64::MAX / 10_000);
    (columns * if small { SMALL } else { COLUMN }) / 100
}

/// The width of the box around both lines.
pub(super) fn box_width(node: &Node) -> i64 {
    (width(&name(node), false).max(width(&below(node), true)) + BESIDE).max(NARROWEST)
}
