//! Recovery of a tape that a crash, or a failing disk, has damaged.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| longwave_fuzz::tape_index(data));
