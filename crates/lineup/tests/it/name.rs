use lineup::{MountPath, RenditionId, StationId, StreamId};
use proptest::prelude::*;

#[test]
fn mounts_are_paths_that_are_not_the_sites_own() {
    for path in
        ["/news.mp3", "/a", "/a/b/c.ogg", "/News~1_x-2", "/adminx", "/x/admin", "/listen.mp3"]
    {
        assert_eq!(MountPath::new(path).unwrap().as_str(), path);
    }
    let long = format!("/{}", "x".repeat(128));
    for path in [
        "",
        "/",
        "news.mp3",
        "/a/",
        "//a",
        "/a//b",
        "/.",
        "/..",
        "/a/../b",
        "/a b",
        "/ä",
        "/a%20",
        "/a?b",
        "/a#b",
        "/a\0",
        "/admin",
        "/admin/x",
        "/ADMIN",
        "/admin.cgi",
        "/health",
        "/metrics",
        "/status-json.xsl",
        "/assets/x.mp3",
        "/robots.txt",
        "/.well-known/x",
        "/a.m3u",
        "/a.M3U8",
        "/a.xspf",
        "/a.pls",
        "/favicon.ico",
        "/api",
        "/events",
        &long,
    ] {
        let refused = MountPath::new(path);
        assert!(refused.is_err(), "{path}");
    }
}

#[test]
fn a_refusal_names_the_rule() {
    let text = MountPath::new("/admin/x").unwrap_err().to_string();
    assert!(text.contains("/admin/x") && text.contains("site"), "{text}");
    let text = StreamId::new("News").unwrap_err().to_string();
    assert!(text.contains("News") && text.contains("lower-case"), "{text}");
}

#[test]
fn names_are_short_lower_case_words() {
    for name in ["kstl", "a", "0", "mp3-128", "a-", &"x".repeat(64)] {
        assert_eq!(StationId::new(name).unwrap().as_str(), name);
        assert_eq!(StreamId::new(name).unwrap().as_str(), name);
        assert_eq!(RenditionId::new(name).unwrap().as_str(), name);
    }
    for name in ["", "-a", "A", "a b", "a/b", "..", "ä", "a.b", &"x".repeat(65)] {
        assert!(StationId::new(name).is_err(), "{name}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn whatever_is_a_mount_is_a_plain_path(
        path in prop_oneof!["\\PC{0,40}", "/[a-zA-Z0-9./~_%-]{0,140}", "(/[a-z.]{0,9}){0,5}"]
    ) {
        if let Ok(mount) = MountPath::new(&path) {
            let text = mount.as_str();
            prop_assert_eq!(text, &path);
            prop_assert!(text.len() <= 128 && text.starts_with('/') && text.is_ascii());
            let segments: Vec<&str> = text[1..].split('/').collect();
            let plain = |s: &&str| !s.is_empty() && !s.contains(['?', '%', '#', ' ', '\\']);
            prop_assert!(segments.iter().all(plain));
            // It names something below any folder that it is joined to.
            prop_assert!(!segments.iter().any(|s| *s == "." || *s == ".."));
            prop_assert!(!segments[0].eq_ignore_ascii_case("admin"));
            prop_assert!(!text.to_ascii_lowercase().ends_with(".m3u"));
            // It is the same after a round through text.
            prop_assert_eq!(text.parse::<MountPath>().unwrap(), mount.clone());
            prop_assert_eq!(MountPath::try_from(String::from(mount.clone())).unwrap(), mount);
        }
    }

    #[test]
    fn plain_paths_are_mounts(path in "/x[a-z0-9_~-]{0,20}(/[a-z0-9_~-]{1,20}){0,3}(\\.(mp3|ogg|aac))?") {
        prop_assert!(MountPath::new(&path).is_ok());
    }

    #[test]
    fn nothing_below_the_sites_own_is_a_mount(
        first in prop_oneof![Just("admin"), Just("api"), Just("hls"), Just("assets"), Just("desk")],
        rest in "(/[a-z0-9.]{1,9}){0,3}",
    ) {
        let path = format!("/{first}{rest}");
        prop_assert!(MountPath::new(&path).is_err());
        prop_assert!(MountPath::new(&path.to_ascii_uppercase()).is_err());
    }

    #[test]
    fn a_name_is_a_folder_and_a_part_of_urls(name in "\\PC{0,70}") {
        if let Ok(id) = StationId::new(&name) {
            prop_assert!((1..=64).contains(&id.as_str().len()));
            let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
            prop_assert!(name.bytes().all(plain) && !name.starts_with('-'));
        }
    }
}
