//! `/status-json.xsl`, `/health`, `/metrics`, `/api/now`.

use web::FrontSettings;

use crate::rig::{Air, Rig, door_settings, lineup};

#[tokio::test(flavor = "multi_thread")]
async fn source_is_missing_an_object_or_an_array() {
    let none = Rig::start(&[("news", Air::Silent)]).await;
    let stats = none.get("/status-json.xsl").await.json();
    assert!(stats["icestats"].get("source").is_none());
    assert!(stats["icestats"]["server_start_iso8601"].as_str().unwrap().ends_with("+0000"));

    let one = Rig::start(&[("news", Air::Looped), ("music", Air::Silent)]).await;
    one.station_audible("/news.mp3").await;
    let source = &one.get("/status-json.xsl").await.json()["icestats"]["source"];
    assert_eq!(source["listenurl"], "http://radio.example:8000/news.mp3");
    assert_eq!(source["server_type"], "audio/mpeg");
    assert_eq!(source["server_name"], "NEWS");
    assert_eq!(source["bitrate"], 128);
    assert_eq!(source["listeners"], 0);
    assert!(source["dummy"].is_null());

    let two = Rig::start(&[("news", Air::Looped), ("music", Air::Looped)]).await;
    two.audible().await;
    let stats = two.get("/status-json.xsl").await.json();
    assert_eq!(stats["icestats"]["source"].as_array().unwrap().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_source_says_of_its_audio_is_told_in_numbers() {
    let rig = Rig::known_as(
        Some("https://radio.example.org/"),
        lineup(&[("news", Air::Looped)]),
        door_settings(),
        FrontSettings::default(),
    )
    .await;
    let said =
        "ice-bitrate: 128\r\nice-audio-info: ice-samplerate=44100;ice-channels=2;quality=5\r\n";
    let _source = rig.source_that_says("/news.mp3", said).await;
    let stats = rig.get("/status-json.xsl").await.json();
    let source = &stats["icestats"]["source"];
    for (name, number) in
        [("bitrate", 128), ("ice-bitrate", 128), ("ice-samplerate", 44100), ("ice-channels", 2)]
    {
        assert_eq!(source[name], number, "{name} in {source}");
    }
    assert_eq!(source["quality"], "5");
    assert_eq!(source["audio_info"], "ice-samplerate=44100;ice-channels=2;quality=5");
    // The address that the public knows, whichever was asked.
    assert_eq!(source["listenurl"], "https://radio.example.org/news.mp3");
    assert_eq!(stats["icestats"]["host"], "radio.example.org");
}

#[tokio::test(flavor = "multi_thread")]
async fn titles_are_texts_even_if_they_are_numbers() {
    let rig = Rig::start(&[("news", Air::Looped)]).await;
    let _source = rig.source("/news.mp3").await;
    let target = "/admin/metadata?mount=/news.mp3&mode=updinfo&song=1984";
    assert!(rig.get_as("admin:boss", target).await.body().contains("successful"));
    rig.until(async || {
        rig.get("/status-json.xsl").await.json()["icestats"]["source"]["title"] == "1984"
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn health_means_audio() {
    let silent = Rig::start(&[("news", Air::Looped), ("music", Air::Silent)]).await;
    silent.station_audible("/news.mp3").await;
    let health = silent.get("/health").await;
    assert_eq!(health.status, 503);
    assert_eq!(health.json()["ok"], false);
    assert_eq!(health.json()["streams"][0]["audible"], true);
    assert_eq!(health.json()["streams"][1]["audible"], false);

    let audible = Rig::start(&[("news", Air::Looped)]).await;
    audible.audible().await;
    let health = audible.get("/health").await;
    assert_eq!(health.status, 200);
    assert_eq!(health.json()["streams"][0]["on_air"], "loop loop");
}

#[tokio::test(flavor = "multi_thread")]
async fn metrics_are_of_every_mount() {
    let rig = Rig::start(&[("news", Air::Looped)]).await;
    rig.audible().await;
    let metrics = rig.get("/metrics").await.body();
    for line in [
        "longwave_listeners{mount=\"/news.mp3\"} 0",
        "longwave_audible{mount=\"/news.mp3\"} 1",
        "longwave_sent_bytes_total{mount=\"/news.mp3\"} 0",
        "# EOF",
    ] {
        assert!(metrics.contains(line), "{line} is missing in\n{metrics}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn now_tells_of_every_stream_and_is_open_to_all_sites() {
    let rig = Rig::start(&[("news", Air::Looped), ("music", Air::Silent)]).await;
    rig.station_audible("/news.mp3").await;
    let now = rig.get("/api/now").await;
    assert_eq!(now.header("access-control-allow-origin"), Some("*"));
    let now = now.json();
    assert_eq!(now["streams"][0]["stream"], "news");
    assert_eq!(now["streams"][0]["audible"], true);
    assert_eq!(now["streams"][0]["mounts"][0]["path"], "/news.mp3");
    assert_eq!(now["streams"][1]["audible"], false);
}
