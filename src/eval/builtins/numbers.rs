//! Builtins on numbers.

use super::{Builtin, builtin};
use crate::eval::{Evaluated, Evaluator};
use crate::syntax::BinaryOp;
use crate::value::{ErrorKind, Value};

pub(super) const ALL: &[Builtin] = &[
    builtin("add", 2, |this, args| arithmetic(this, BinaryOp::Add, args)),
    builtin("bitAnd", 2, |this, args| bits(this, args, |a, b| a & b)),
    builtin("bitOr", 2, |this, args| bits(this, args, |a, b| a | b)),
    builtin("bitXor", 2, |this, args| bits(this, args, |a, b| a ^ b)),
    builtin("ceil", 1, |this, args| rounded(this, args, f64::ceil)),
    builtin("div", 2, |this, args| arithmetic(this, BinaryOp::Divide, args)),
    builtin("floor", 1, |this, args| rounded(this, args, f64::floor)),
    builtin("lessThan", 2, |this, args| Ok(Value::Bool(this.less(None, args[0], args[1])?))),
    builtin("mul", 2, |this, args| arithmetic(this, BinaryOp::Multiply, args)),
    builtin("sub", 2, |this, args| arithmetic(this, BinaryOp::Subtract, args)),
];

fn arithmetic(this: &mut Evaluator, op: BinaryOp, args: &[Value]) -> Evaluated {
    let (a, b) = (this.force(args[0])?, this.force(args[1])?);
    this.arithmetic(None, op, a, b)
}

fn bits(this: &mut Evaluator, args: &[Value], of: fn(i64, i64) -> i64) -> Evaluated {
    let (a, b) = (this.want_int(args[0])?, this.want_int(args[1])?);
    Ok(Value::Int(of(a, b)))
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "the range is checked just before"
)]
fn rounded(this: &mut Evaluator, args: &[Value], of: fn(f64) -> f64) -> Evaluated {
    match this.force(args[0])? {
        Value::Int(int) => Ok(Value::Int(int)),
        Value::Float(float) => {
            let rounded = of(float);
            if rounded >= i64::MIN as f64 && rounded < i64::MAX as f64 {
                return Ok(Value::Int(rounded as i64));
            }
            this.fail(ErrorKind::Overflow, None, format!("the float {float} does not fit into an integer"))
        }
        other => this.type_error(None, "a number", other),
    }
}
