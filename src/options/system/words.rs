//! The names and marks that the module system asks for, interned once per evaluator.

use crate::eval::Evaluator;
use crate::syntax::Sym;
use crate::value::Value;

macro_rules! words {
    ($($field:ident = $text:literal),* $(,)?) => {
        /// Names of attributes.
        #[derive(Clone, Copy, Debug)]
        pub(super) struct Words {
            $(pub(super) $field: Sym,)*
        }

        impl Words {
            pub(super) fn new(eval: &mut Evaluator) -> Self {
                Self { $($field: eval.intern($text),)* }
            }
        }
    };
}

words! {
    apply = "apply",
    args = "args",
    check = "check",
    class = "_class",
    condition = "condition",
    config = "config",
    content = "content",
    contents = "contents",
    declaration_positions = "declarationPositions",
    declarations = "declarations",
    default = "default",
    defs = "defs",
    description = "description",
    disabled_modules = "disabledModules",
    empty_value = "emptyValue",
    example = "example",
    file = "_file",
    freeform_type = "freeformType",
    function_args = "__functionArgs",
    functor = "functor",
    get_sub_modules = "getSubModules",
    head_error = "headError",
    highest_prio = "highestPrio",
    imports = "imports",
    is_coherent = "isV2MergeCoherent",
    key = "key",
    kind = "_type",
    loc = "loc",
    make_functor = "__functor",
    merge = "merge",
    message = "message",
    meta = "meta",
    module = "_module",
    name = "name",
    options = "options",
    order_priority = "priority",
    plain_file = "file",
    read_only = "readOnly",
    require = "require",
    special_args = "specialArgs",
    subst_sub_modules = "substSubModules",
    ty = "type",
    type_merge = "typeMerge",
    v2 = "v2",
    value = "value",
    value_meta = "valueMeta",
}

/// What `_type` of a property may say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Property {
    If,
    Merge,
    Override,
    Order,
    Definition,
}

/// The texts of `_type` as values.
#[derive(Clone, Copy, Debug)]
pub(super) struct Marks {
    pub(super) when: Value,
    pub(super) over: Value,
    pub(super) option: Value,
}

impl Marks {
    pub(super) fn new(eval: &mut Evaluator) -> Self {
        Self {
            when: eval.make_string("if"),
            over: eval.make_string("override"),
            option: eval.make_string("option"),
        }
    }
}
