//! libFuzzer's way into `invariants::parse_lower`.

#![no_main]

#[allow(dead_code, reason = "each target uses one of them")]
mod invariants;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| invariants::parse_lower(bytes));
