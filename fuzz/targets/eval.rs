//! libFuzzer's way into `invariants::eval`.

#![no_main]

#[allow(dead_code, reason = "each target uses one of them")]
mod invariants;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| invariants::eval(bytes));
