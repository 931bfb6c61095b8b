//! Silence in AAC.

use codec::Codec;
use codec::adts::{FrameHeader, silent_frame};

use crate::sound::{Framing, encoded, ffmpeg_pcm};

#[test]
fn silent_frames_are_silent() {
    for (args, channels) in [("-ac 2", 2), ("-ac 1 -ar 24000", 1)] {
        let bytes = encoded(1, &format!("-c:a aac {args} -f adts"));
        let like = FrameHeader::parse(&bytes).unwrap();
        let silence = silent_frame(&like).unwrap().repeat(20);
        let found = Framing::of(Codec::Aac, &silence);
        assert_eq!(found.packets.len(), 20);
        assert_eq!(found.epochs[0].0, Framing::of(Codec::Aac, &bytes).epochs[0].0);
        let pcm = ffmpeg_pcm("aac", &silence);
        assert!(pcm.len() >= 19 * 1024 * channels);
        assert!(pcm.iter().all(|sample| *sample == 0));
    }
}
