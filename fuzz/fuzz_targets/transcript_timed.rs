//! Transcripts in forms that carry times.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| longwave_fuzz::transcript_timed(data));
