//! Transcripts as plain text.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| longwave_fuzz::transcript_text(data));
