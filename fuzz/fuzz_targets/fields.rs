//! Header blocks and password lines of SHOUTcast v1 sources.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| longwave_fuzz::fields(data));
