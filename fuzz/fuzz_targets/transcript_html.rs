//! Transcripts in web pages.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| longwave_fuzz::transcript_html(data));
