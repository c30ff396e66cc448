//! Whether definitions of equal strength can be merged, as far as that is so in every version of nixpkgs' library.

use super::plain::{Plain, PlainKind};
use super::types::OptionType;

/// Whether two values of a type cannot be merged.
pub fn conflict(ty: &OptionType, a: &Plain, b: &Plain, refuses_equal: bool) -> bool {
    let differ = || a.kind != b.kind || refuses_equal;
    match ty {
        OptionType::Bool
        | OptionType::Int { .. }
        | OptionType::Float
        | OptionType::Str
        | OptionType::Path
        | OptionType::Enum(_)
        | OptionType::Values(_) => ty.admits(a) && ty.admits(b) && is_simple(a) && is_simple(b) && differ(),
        OptionType::NullOr(inside) => match (&a.kind, &b.kind) {
            (PlainKind::Null, PlainKind::Null) => false,
            (PlainKind::Null, _) | (_, PlainKind::Null) => true,
            _ => conflict(inside, a, b, refuses_equal),
        },
        OptionType::Either(left, right) => {
            if left.admits(a) && left.admits(b) {
                conflict(left, a, b, refuses_equal)
            } else if right.admits(a) && right.admits(b) {
                conflict(right, a, b, refuses_equal)
            } else {
                is_simple(a) && is_simple(b) && a.kind != b.kind
            }
        }
        _ => false,
    }
}

fn is_simple(value: &Plain) -> bool {
    !matches!(
        value.kind,
        PlainKind::List(_)
            | PlainKind::Set(_)
            | PlainKind::Function
            | PlainKind::Unknown(_)
            | PlainKind::Failed
    )
}
