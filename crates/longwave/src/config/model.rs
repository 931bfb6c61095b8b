//! The configuration file as it is written. Everything said about a setting is said here, once.

use std::net::SocketAddr;
use std::path::PathBuf;

use ipnet::IpNet;
use lineup::{Fallback, MountPath, OnSilence, RenditionId, StationId, StreamId};
use toml::Spanned;

use super::documented::{Shown, section};
use super::value::{CodecName, Length, Size};
use crate::logging::LogFormat;

section! {
    /// Configuration of Longwave. A line that begins with `#` is a comment; a setting that is
    /// commented out shows the value that holds anyway, or an example. `longwave check-config`
    /// says what is wrong with this file, and `longwave reload` puts changes on the air without
    /// dropping anyone.
    struct File {
        /// The folder for recordings and logs. A path that doesn't begin with `/` is taken from
        /// this file's own folder.
        data_dir: Option<PathBuf> => Shown::Default("\"longwave-data\""),
        server: Option<Server> => Shown::Table(Server::section),
        listeners: Option<Listeners> => Shown::Table(Listeners::section),
        tape: Option<Tape> => Shown::Table(Tape::section),
        log: Option<Log> => Shown::Table(Log::section),
        station: Vec<Station> => Shown::Tables(Station::section, &[]),
        user: Option<Vec<User>> => Shown::Tables(User::section, &[&[
            ("name", "\"admin\""),
            ("password", "\"@ADMIN@\""),
            ("may", "[\"admin\"]"),
        ]]),
    }
}

section! {
    /// Where connections come in: sources, listeners and the site share each port, plain and TLS.
    struct Server {
        /// Addresses and ports. `0.0.0.0` is every IPv4 address of this machine, `[::]` every
        /// address. (A change needs a restart.)
        listen: Option<Spanned<Vec<SocketAddr>>> => Shown::Default("[\"127.0.0.1:8000\"]"),
        /// Also take SHOUTcast v1 sources, on the port after each of these. (A change needs a
        /// restart.)
        shoutcast: Option<bool> => Shown::Default("false"),
        /// What stands before a mount's path in playlists, where it isn't what the listener asked
        /// for: behind a proxy, say.
        public_url: Option<Spanned<String>> => Shown::Example("\"https://radio.example.org\""),
        /// Connections at the same time, listeners included. (A change needs a restart.)
        max_connections: Option<Spanned<u32>> => Shown::Default("15000"),
        /// Proxies whose word about a client's address is believed (`Forwarded`,
        /// `X-Forwarded-For` and the PROXY protocol), as addresses or networks.
        trusted_proxies: Option<Vec<IpNet>> => Shown::Default("[]"),
        /// Connections of one address (of a /64 in IPv6) that are not listening, at most. This
        /// machine's own addresses and trusted proxies have no bound. (A change needs a restart.)
        max_per_address: Option<Spanned<u32>> => Shown::Default("1000"),
        /// Let sources give their password in a header `ice-password`, as encoders of 2001 do.
        ice_passwords: Option<bool> => Shown::Default("true"),
        /// How long a peer may take for its request's head.
        patience: Option<Spanned<Length>> => Shown::Default("\"15s\""),
        tls: Option<Vec<Tls>> => Shown::OptionalTables(Tls::section),
    }
}

section! {
    /// A certificate, for TLS on the same ports. Repeat the block for more: each visitor is shown the
    /// one for the host name that they ask for. Renewed files are taken up by `longwave reload`.
    struct Tls {
        /// The certificate with its chain, PEM.
        certificate: Spanned<PathBuf> => Shown::Set("\"/etc/letsencrypt/live/radio.example.org/fullchain.pem\""),
        /// Its private key, PEM.
        key: Spanned<PathBuf> => Shown::Set("\"/etc/letsencrypt/live/radio.example.org/privkey.pem\""),
    }
}

section! {
    /// Everybody who listens. (Changes here need a restart.)
    struct Listeners {
        /// Listeners on all mounts together, at most.
        max: Option<u32> => Shown::Example("5000"),
        /// Threads that send. One serves thousands; more than the machine's cores are no use.
        threads: Option<Spanned<u32>> => Shown::Default("1"),
        /// Keep a log of who heard what, in `data_dir`.
        session_log: Option<bool> => Shown::Default("true"),
        /// Addresses are cut from the session log after so many days.
        keep_addresses_days: Option<u16> => Shown::Default("7"),
    }
}

section! {
    /// What is recorded, for listening again. (Changes here need a restart.)
    struct Tape {
        /// How far back one can listen. Whole hours are dropped, so that a little more is kept.
        keep: Option<Spanned<Length>> => Shown::Default("\"6h\""),
        /// The oldest hours of a rendition are dropped while it takes more than this.
        max_size: Option<Spanned<Size>> => Shown::Default("\"20 GiB\""),
    }
}

section! {
    /// What is written to standard error. The option `--log-format` and the variable
    /// `LONGWAVE_LOG` go before these. (Changes here need a restart.)
    struct Log {
        /// `human`: a readable line each; `json`: an object each.
        format: Option<LogFormat> => Shown::Default("\"human\""),
        /// `error`, `warn`, `info`, `debug` or `trace`.
        level: Option<Spanned<String>> => Shown::Default("\"info\""),
    }
}

section! {
    /// A station: who is on the air. Repeat the block for each station; the first also answers to
    /// every host name that no other claims.
    struct Station {
        /// Its short name, used for folders: lower-case letters, digits and hyphens.
        id: Spanned<StationId> => Shown::Set("\"kstl\""),
        /// Its name as listeners know it.
        name: String => Shown::Set("\"Kestrel Public Radio\""),
        /// Its call sign.
        call_sign: Option<String> => Shown::Example("\"KSTL\""),
        /// Where it is licensed to.
        city: Option<String> => Shown::Example("\"Alder Falls\""),
        /// Its frequencies, as it says them.
        frequencies: Option<Vec<String>> => Shown::Example("[\"90.7 FM\"]"),
        /// Its time zone, by its IANA name.
        time_zone: Option<Spanned<String>> => Shown::Default("\"UTC\""),
        /// Host names that it answers to.
        hosts: Option<Vec<Spanned<String>>> => Shown::Default("[]"),
        stream: Vec<Stream> => Shown::Tables(Stream::section, &[]),
    }
}

section! {
    /// A stream of the station: one programme service, such as News or Classical. Repeat the block
    /// for each.
    struct Stream {
        /// Its short name, used for folders.
        id: Spanned<StreamId> => Shown::Set("\"news\""),
        /// Its name as listeners know it.
        name: String => Shown::Set("\"News\""),
        /// One line about it.
        description: Option<String> => Shown::Default("\"\""),
        /// Its genre, as players show it.
        genre: Option<String> => Shown::Default("\"\""),
        /// Its page.
        url: Option<String> => Shown::Default("\"\""),
        rendition: Vec<Rendition> => Shown::Tables(Rendition::section, &[]),
    }
}

section! {
    /// A rendition: one encoding of the stream, with a tape of its own. Repeat the block for each.
    struct Rendition {
        /// Its short name, used for folders.
        id: Spanned<RenditionId> => Shown::Set("\"mp3\""),
        /// What sources send: `mp3`, `aac` (ADTS), `ogg` (Opus, Vorbis or FLAC), `webm`, or
        /// `opaque` (anything else: heard live as it comes, but not again).
        codec: CodecName => Shown::Set("\"mp3\""),
        /// Its bit rate in kbit/s, as players are told.
        bitrate: Option<u32> => Shown::Example("128"),
        /// Samples per second that sources send, where it is known: what is fallen back to must be
        /// alike, and an alarm tells of a source that isn't.
        sample_rate: Option<Spanned<u32>> => Shown::Example("44100"),
        /// Channels, likewise.
        channels: Option<Spanned<u8>> => Shown::Example("2"),
        /// How much later than the stream's titles this encoding's sound arrives.
        offset: Option<Length> => Shown::Default("\"0s\""),
        mount: Vec<Mount> => Shown::Tables(Mount::section, &[]),
    }
}

section! {
    /// A mount: the path where the rendition is sent to and listened to. Repeat the block for each.
    struct Mount {
        /// The path.
        path: Spanned<MountPath> => Shown::Set("\"/news.mp3\""),
        /// Show it on the home page and in the status. One that isn't shown still plays.
        listed: Option<bool> => Shown::Default("true"),
        /// What goes on the air when the source is gone, in order: another mount
        /// (`{ mount = "/other.mp3" }`), a file over and over (`{ file = "loop.mp3" }`, from this
        /// file's own folder), or one of the program's own sounds (`{ builtin = "standby" }`:
        /// music, as 44.1 kHz stereo MP3; `"news"` and `"music"` are the demo's). Each must have
        /// the source's codec, sample rate and channels.
        fallback: Option<Vec<Spanned<Fallback>>> => Shown::Set("[{ builtin = \"standby\" }]"),
        /// How much a new listener gets at once, at most `60s`: what a player fills its buffer
        /// with.
        burst: Option<Spanned<Length>> => Shown::Default("\"6s\""),
        /// Bytes between two ICY titles, for players that ask for them; 0: never. At low bit rates it
        /// is less by itself: a second's worth, so that titles come with their sound.
        icy_interval: Option<Spanned<u32>> => Shown::Default("16000"),
        /// Listeners at the same time, at most.
        max_listeners: Option<u32> => Shown::Example("1000"),
        /// Listeners from one address at the same time, at most.
        max_per_address: Option<u32> => Shown::Example("20"),
        /// A listener is let go after this long.
        max_duration: Option<Spanned<Length>> => Shown::Example("\"24h\""),
        /// A listener to the live stream who is further behind skips to now.
        max_lag: Option<Spanned<Length>> => Shown::Default("\"30s\""),
        /// Icecast's URL listener authentication: asked before a listener is let in.
        listener_auth: Option<Spanned<String>> => Shown::Example("\"http://127.0.0.1:9000/listener\""),
        source: Option<Source> => Shown::Table(Source::section),
    }
}

section! {
    /// How this mount treats its source.
    struct Source {
        /// Take sources at all.
        accept: Option<bool> => Shown::Default("true"),
        /// Where sources go that name no mount: those that give a bare SHOUTcast password, or `/`.
        /// If no mount says so, the first that takes sources.
        default: Option<bool> => Shown::Default("false"),
        /// Let another source take over while one is connected and sends. (The user of one that
        /// has been quiet for two seconds always may.)
        takeover: Option<bool> => Shown::Default("false"),
        /// A source that sends nothing for this long is let go.
        timeout: Option<Spanned<Length>> => Shown::Default("\"10s\""),
        /// Audio kept back before it goes on the air, to even out the network.
        buffer: Option<Spanned<Length>> => Shown::Default("\"1s\""),
        /// Titles are shown this much later than they arrive: encoders send them early.
        title_delay: Option<Spanned<Length>> => Shown::Default("\"0s\""),
        /// What is done about a source that sends frames, but no sound: `"alarm"`, `"fall-back"`
        /// (the next of `fallback` takes its place until it is heard again; with an alarm too), or
        /// `"nothing"`. Of Opus and WebM it isn't known.
        on_silence: Option<OnSilence> => Shown::Default("\"alarm\""),
        /// What is quieter than this is silence, in dB below full scale.
        silence_below: Option<Spanned<i16>> => Shown::Default("-60"),
        /// Silence is borne for so long.
        silence_after: Option<Spanned<Length>> => Shown::Default("\"30s\""),
        /// The character set of titles that don't name theirs. Unset: UTF-8 where it is valid,
        /// else Windows-1252.
        charset: Option<Spanned<String>> => Shown::Example("\"ISO-8859-1\""),
        /// Take audio and titles from a mount of another server.
        relay: Option<Spanned<String>> => Shown::Example("\"http://other.example.org:8000/live.mp3\""),
    }
}

section! {
    /// Somebody who may send or administer. Repeat the block for each; one name may have several,
    /// with other passwords and rights. Sources that give no name are `source`.
    struct User {
        /// The name.
        name: Spanned<String> => Shown::Set("\"source\""),
        /// The hash of the password, made by `longwave hash-password`.
        password: Spanned<String> => Shown::Set("\"@SOURCE@\""),
        /// What they may do: `"source /news.mp3"` (send to one mount), `"source *"` (to every
        /// mount), `"relay"` (list the mounts, as an Icecast relay does), `"admin"` (everything).
        may: Vec<Spanned<String>> => Shown::Set("[\"source *\"]"),
    }
}
