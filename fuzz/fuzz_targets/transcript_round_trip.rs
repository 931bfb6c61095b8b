//! Transcripts read, written, read again and compared.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| longwave_fuzz::transcript_round_trip(data));
