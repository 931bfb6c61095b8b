use std::time::Duration;

use codec::Codec;
use lineup::{
    BurstLength, Fallback, Lineup, LineupError, Mount, MountPath, Rendition, RenditionId, Station,
    StationId, Stream, StreamId,
};
use proptest::prelude::*;

fn station(id: &str) -> Station {
    Station::new(StationId::new(id).unwrap(), "Kestrel Public Radio")
}

fn stream(id: &str) -> Stream {
    Stream::new(StationId::new("kstl").unwrap(), StreamId::new(id).unwrap(), "News")
}

fn rendition(stream: &str, codec: Codec) -> Rendition {
    let (station, stream) = (StationId::new("kstl").unwrap(), StreamId::new(stream).unwrap());
    let id = match codec {
        Codec::Mp3 => "mp3",
        Codec::Ogg => "ogg",
        _ => "other",
    };
    Rendition::new(station, stream, RenditionId::new(id).unwrap(), codec)
}

fn path(text: &str) -> MountPath {
    MountPath::new(text).unwrap()
}

fn mount(at: &str, stream: &str, rendition: &str, fallback: &[&str]) -> Mount {
    let (stream, rendition) =
        (StreamId::new(stream).unwrap(), RenditionId::new(rendition).unwrap());
    let mut mount = Mount::new(path(at), StationId::new("kstl").unwrap(), stream, rendition);
    mount.fallback = fallback.iter().map(|to| Fallback::Mount(path(to))).collect();
    mount
}

/// An MP3 mount of a rendition of its own, which is named like it.
fn alone(at: &str, fallback: &[&str]) -> Mount {
    mount(at, "news", at.trim_start_matches('/'), fallback)
}

/// A lineup of two streams, the first in two renditions, with these mounts, and the renditions of
/// those that stand [`alone`].
fn with(mounts: Vec<Mount>) -> Result<Lineup, LineupError> {
    let mut renditions = vec![
        rendition("news", Codec::Mp3),
        rendition("news", Codec::Ogg),
        rendition("music", Codec::Mp3),
        rendition("music", Codec::Opaque),
    ];
    for mount in &mounts {
        let (own, name) = (mount.rendition.as_str(), mount.path.as_str());
        if name.strip_prefix('/') == Some(own)
            && !renditions.iter().any(|it| it.id == mount.rendition)
        {
            let (station, stream) = (mount.station.clone(), mount.stream.clone());
            renditions.push(Rendition::new(station, stream, mount.rendition.clone(), Codec::Mp3));
        }
    }
    let streams = vec![stream("news"), stream("music")];
    Lineup::new(vec![station("kstl")], streams, renditions, mounts)
}

fn why(result: Result<Lineup, LineupError>) -> String {
    result.unwrap_err().to_string()
}

#[test]
fn what_is_declared_is_found() {
    let lineup = with(vec![
        mount("/news.mp3", "news", "mp3", &["/music.mp3"]),
        mount("/news.ogg", "news", "ogg", &[]),
        mount("/music.mp3", "music", "mp3", &[]),
    ])
    .unwrap();
    let ogg = lineup.mount(&path("/news.ogg")).unwrap();
    assert_eq!(lineup.rendition_of(ogg).unwrap().codec, Codec::Ogg);
    assert_eq!(lineup.stream_of(ogg).unwrap().id.as_str(), "news");
    assert!(lineup.mount(&path("/none")).is_none());
    assert!(with(Vec::new()).unwrap().mounts().is_empty());
    assert!(Lineup::default().stations().is_empty());
}

#[test]
fn defaults_are_as_documented() {
    let mount = mount("/news.mp3", "news", "mp3", &[]);
    assert!(mount.listed && mount.source.accepts && !mount.source.takeover);
    assert_eq!(mount.burst.get(), Duration::from_secs(6));
    assert_eq!(mount.icy_interval, 16_000);
    assert_eq!(mount.max_lag, Duration::from_secs(30));
    assert_eq!(mount.max_listeners, None);
    assert_eq!(mount.source.timeout, Duration::from_secs(10));
    assert_eq!(BurstLength::new(Duration::from_secs(600)).get(), Duration::from_secs(60));
}

#[test]
fn nothing_is_declared_twice() {
    let stations = |ids: &[&str]| {
        let stations = ids.iter().map(|id| station(id)).collect();
        Lineup::new(stations, vec![], vec![], vec![])
    };
    assert_eq!(why(stations(&["kstl", "kstl"])), "station `kstl` is declared twice");
    assert!(stations(&["kstl", "kstm"]).is_ok());

    let one = || vec![station("kstl")];
    let twice = Lineup::new(one(), vec![stream("news"), stream("news")], vec![], vec![]);
    assert_eq!(why(twice), "stream `kstl/news` is declared twice");
    let renditions = vec![rendition("news", Codec::Mp3), rendition("news", Codec::Mp3)];
    let twice = Lineup::new(one(), vec![stream("news")], renditions, vec![]);
    assert_eq!(why(twice), "rendition `kstl/news/mp3` is declared twice");
    let twice = with(vec![mount("/a", "news", "mp3", &[]), mount("/a", "music", "mp3", &[])]);
    assert_eq!(why(twice), "mount `/a` is declared twice");
}

#[test]
fn references_lead_somewhere() {
    let no_station = Lineup::new(vec![station("kstm")], vec![stream("news")], vec![], vec![]);
    assert_eq!(why(no_station), "stream `news` refers to station `kstl`, which is not declared");
    let renditions = vec![rendition("talk", Codec::Mp3)];
    let no_stream = Lineup::new(vec![station("kstl")], vec![], renditions, vec![]);
    assert_eq!(
        why(no_stream),
        "rendition `mp3` refers to stream `kstl/talk`, which is not declared"
    );
    let no_rendition = with(vec![mount("/a", "music", "ogg", &[])]);
    assert_eq!(
        why(no_rendition),
        "mount `/a` refers to rendition `kstl/music/ogg`, which is not declared"
    );
    let no_mount = with(vec![mount("/a", "news", "mp3", &["/b"])]);
    assert_eq!(why(no_mount), "mount `/a` refers to mount `/b`, which is not declared");
}

#[test]
fn fallbacks_can_be_spliced_and_come_to_an_end() {
    let refused = with(vec![mount("/a", "news", "mp3", &["/a"])]);
    assert_eq!(why(refused), "mount `/a` can't fall back to `/a`: it is the same mount");
    let refused = with(vec![mount("/a", "news", "mp3", &["/b"]), mount("/b", "news", "ogg", &[])]);
    assert_eq!(why(refused), "mount `/a` can't fall back to `/b`: it is encoded otherwise");
    let refused = with(vec![alone("/a", &["/b"]), alone("/b", &["/c"]), alone("/c", &["/a"])]);
    assert!(matches!(refused, Err(LineupError::Fallback { .. })), "{refused:?}");
    let refused = with(vec![alone("/a", &["/b", "/b"]), alone("/b", &[])]);
    assert!(why(refused).contains("twice"));
    let mut opaque = mount("/a", "music", "other", &[]);
    assert!(with(vec![opaque.clone()]).is_ok());
    opaque.fallback = vec![Fallback::File("loop.mp3".into())];
    assert!(why(with(vec![opaque])).contains("unknown kind"));
    let mut nameless = mount("/a", "news", "mp3", &[]);
    nameless.fallback = vec![Fallback::File("".into())];
    assert!(with(vec![nameless]).is_err());
}

#[test]
fn declared_rates_and_channels_have_to_agree() {
    let built = |rate: Option<u32>, channels: Option<u8>| {
        let renditions = ["a", "b"].map(|id| {
            let (station, stream) =
                (StationId::new("kstl").unwrap(), StreamId::new("news").unwrap());
            Rendition::new(station, stream, RenditionId::new(id).unwrap(), Codec::Mp3)
        });
        let mut renditions = renditions.to_vec();
        (renditions[0].sample_rate, renditions[0].channels) = (Some(44_100), Some(2));
        (renditions[1].sample_rate, renditions[1].channels) = (rate, channels);
        let mounts = vec![alone("/a", &["/b"]), alone("/b", &[])];
        Lineup::new(vec![station("kstl")], vec![stream("news")], renditions, mounts)
    };
    assert!(built(Some(44_100), Some(2)).is_ok());
    assert!(built(None, None).is_ok(), "nothing is known of it");
    assert!(why(built(Some(48_000), Some(2))).ends_with("it has another sample rate"));
    assert!(why(built(Some(44_100), Some(1))).ends_with("it has another number of channels"));
}

#[test]
fn mounts_of_one_rendition_are_filled_through_one_of_them() {
    let filling = |mounts: &[Mount]| {
        let lineup = with(mounts.to_vec()).unwrap();
        let through = lineup.mounts().iter().map(|mount| lineup.filling(mount).path.to_string());
        let through: std::collections::BTreeSet<_> = through.collect();
        assert_eq!(through.len(), 1, "{through:?}");
        through.into_iter().next().unwrap()
    };
    let (a, b) = (mount("/a", "news", "mp3", &[]), mount("/b", "news", "mp3", &[]));
    assert_eq!(filling(&[a.clone(), b.clone()]), "/a");
    let mut deaf = a.clone();
    deaf.source.accepts = false;
    assert_eq!(filling(&[deaf, b.clone()]), "/b");
    let mut falls = b.clone();
    falls.fallback = vec![Fallback::Builtin("tone".to_owned())];
    assert_eq!(filling(&[a.clone(), falls.clone()]), "/b");
    // Whose fallback would hold?
    let mut relays = a;
    relays.source.relay = Some("http://radio.example/a.mp3".to_owned());
    let refused = why(with(vec![relays, falls]));
    assert!(refused.starts_with("mount `/b`: another mount of the same rendition"), "{refused}");
}

#[test]
fn a_circle_through_another_mount_of_a_rendition_is_refused() {
    // `/a2` is heard like `/a`: who falls back to it falls back to `/a`.
    let second = || mount("/a2", "news", "a", &[]);
    let refused = why(with(vec![alone("/a", &["/a2"]), second()]));
    assert_eq!(refused, "mount `/a` can't fall back to `/a2`: the same is heard there");
    let refused = why(with(vec![alone("/a", &["/b"]), second(), alone("/b", &["/a2"])]));
    assert_eq!(refused, "mount `/a` can't fall back to `/b`: that one falls back to this one");
    let lineup = with(vec![alone("/a", &["/b"]), second(), alone("/b", &[])]).unwrap();
    let chain = lineup.fallback_mounts(lineup.mount(&path("/a2")).unwrap());
    assert_eq!(chain.len(), 1, "what is heard there falls back all the same");
}

#[test]
fn a_chain_of_fallbacks_is_told_in_order() {
    let mut a = alone("/a", &["/b", "/c"]);
    a.fallback.insert(0, Fallback::Builtin("tone".to_owned()));
    let lineup = with(vec![
        a.clone(),
        alone("/b", &["/d"]),
        alone("/c", &["/e", "/d"]),
        alone("/d", &[]),
        alone("/e", &[]),
    ])
    .unwrap();
    let chain: Vec<&str> =
        lineup.fallback_mounts(&a).iter().map(|mount| mount.path.as_str()).collect();
    assert_eq!(chain, ["/b", "/d", "/c", "/e"]);
}

#[test]
fn mounts_with_settings_that_make_no_sense_are_refused() {
    let mut mount = mount("/a", "news", "mp3", &[]);
    mount.max_lag = mount.burst.get();
    assert!(why(with(vec![mount.clone()])).contains("lag"));
    mount.max_lag = Duration::from_secs(30);
    for url in ["", "ftp://a/b", "radio.example:8000/a", "http://", "http:///a", "http://a /b"] {
        mount.source.relay = Some(url.to_owned());
        assert!(why(with(vec![mount.clone()])).contains("http://"), "{url}");
    }
    mount.source.relay = Some("http://radio.example:8000/a.mp3".to_owned());
    assert!(with(vec![mount.clone()]).is_ok());
    mount.source.timeout = Duration::ZERO;
    assert!(with(vec![mount]).is_err());
}

#[test]
fn stations_are_told_apart_by_host() {
    let mut stations = vec![station("kstl"), station("kstm"), station("kstn")];
    stations[1].hosts = vec!["Radio.example".to_owned(), "[2001:db8::1]".to_owned()];
    let lineup = Lineup::new(stations.clone(), vec![], vec![], vec![]).unwrap();
    let of = |host: Option<&str>| lineup.station_for_host(host).unwrap().id.to_string();
    for host in ["radio.example", "RADIO.EXAMPLE:8000", "radio.example.", "[2001:db8::1]:8000"] {
        assert_eq!(of(Some(host)), "kstm", "{host}");
    }
    for host in ["", "example", "radio.example.org", "[2001:db8::2]:8000", ":", "[", "[]"] {
        assert_eq!(of(Some(host)), "kstl", "{host}");
    }
    assert_eq!(of(None), "kstl");
    assert!(Lineup::default().station_for_host(Some("a")).is_none());

    stations[2].hosts = vec!["RADIO.EXAMPLE".to_owned()];
    let twice = Lineup::new(stations.clone(), vec![], vec![], vec![]);
    assert_eq!(why(twice), "host `radio.example` is declared twice");
    for host in ["", "a b", "radio.example:80", "http://a", "radio.example."] {
        stations[2].hosts = vec![host.to_owned()];
        let refused = Lineup::new(stations.clone(), vec![], vec![], vec![]);
        assert!(matches!(refused, Err(LineupError::Unusable { .. })), "{host}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// Any graph of fallbacks is refused exactly when one of its mounts can reach itself.
    #[test]
    fn circles_of_fallbacks_are_refused(edges in proptest::collection::btree_set((0usize..6, 0usize..6), 0..9)) {
        let name = |i: usize| format!("/m{i}");
        let mounts: Vec<Mount> = (0..6)
            .map(|i| {
                let to: Vec<String> =
                    edges.iter().filter(|(from, _)| *from == i).map(|(_, to)| name(*to)).collect();
                let to: Vec<&str> = to.iter().map(String::as_str).collect();
                alone(&name(i), &to)
            })
            .collect();
        let mut reach = [[false; 6]; 6];
        for (from, to) in &edges {
            reach[*from][*to] = true;
        }
        for via in 0..6 {
            for from in 0..6 {
                for to in 0..6 {
                    reach[from][to] |= reach[from][via] && reach[via][to];
                }
            }
        }
        let circle = (0..6).any(|i| reach[i][i]);
        let built = with(mounts.clone());
        prop_assert_eq!(built.is_err(), circle, "{:?}", edges);
        if let Ok(lineup) = built {
            for (i, from) in mounts.iter().enumerate() {
                let chain = lineup.fallback_mounts(from).len();
                prop_assert_eq!(chain, (0..6).filter(|to| reach[i][*to]).count());
            }
        }
    }

    #[test]
    fn any_host_is_answered(host in "\\PC{0,20}") {
        let lineup = Lineup::new(vec![station("kstl")], vec![], vec![], vec![]).unwrap();
        prop_assert!(lineup.station_for_host(Some(&host)).is_some());
    }
}
