//! `/admin`, as Icecast's tools use it.

use crate::rig::{Air, Rig, basic};

#[tokio::test(flavor = "multi_thread")]
async fn who_is_not_known_learns_which_methods_there_are() {
    let rig = Rig::start(&[("news", Air::Silent)]).await;
    for target in ["/admin/!POKE", "/admin/stats", "/admin/metadata?mount=/news.mp3", "/admin.cgi"]
    {
        let reply = rig.get(target).await;
        assert_eq!(reply.status, 401, "{target}");
        let allow = reply.header("allow").unwrap();
        assert!(["GET", "PUT", "OPTIONS", "SOURCE", "POST"].iter().all(|it| allow.contains(it)));
        let length: usize = reply.header("content-length").unwrap().parse().unwrap();
        assert_eq!(length, reply.bytes.len());
        assert!(reply.header("www-authenticate").unwrap().starts_with("Basic"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_administrators_administer() {
    let rig = Rig::start(&[("news", Air::Silent)]).await;
    for login in ["source:hackme", "relay:pull", "admin:guess", "nobody:"] {
        assert_eq!(rig.get_as(login, "/admin/listmounts").await.status, 401, "{login}");
    }
    assert_eq!(rig.get_as("admin:boss", "/admin/listmounts").await.status, 200);
    // `.xsl` and `.xml` twins are the same.
    assert_eq!(rig.get_as("admin:boss", "/admin/stats.xml").await.status, 200);
    assert_eq!(rig.get_as("admin:boss", "/admin/listmounts.xsl").await.status, 200);
    let unknown = rig.get_as("admin:boss", "/admin/selfdestruct").await;
    assert_eq!((unknown.status, unknown.body().contains("Unrecognised command")), (400, true));
}

#[tokio::test(flavor = "multi_thread")]
async fn another_sites_page_cannot_use_the_browsers_password() {
    let rig = Rig::start(&[("news", Air::Silent)]).await;
    let login = basic("admin:boss");
    let status = async |method: &str, command: &str, said: &[(&str, &str)]| {
        let mut headers = vec![("Authorization", login.as_str())];
        headers.extend_from_slice(said);
        rig.send(method, &format!("/admin/{command}?mount=/news.mp3"), &headers, "").await.status
    };
    let here = "http://radio.example:8000";
    let foreign: &[&[(&str, &str)]] = &[
        &[("Sec-Fetch-Site", "cross-site")],
        // Plain HTTP: browsers send no Sec-Fetch-Site.
        &[("Origin", "http://evil.example")],
        &[("Origin", "null"), ("Referer", "http://radio.example:8000/")],
        &[("Origin", "http://radio.example:8001")],
        &[("Referer", "http://evil.example/radio.example:8000/")],
        &[("Referer", "http://radio.example:8000@evil.example/")],
    ];
    for said in foreign {
        for (method, command) in [("GET", "killsource"), ("POST", "metadata"), ("GET", "stats")] {
            assert_eq!(status(method, command, said).await, 403, "{command} {said:?}");
        }
    }
    // A page that keeps its address to itself: an <img>, a form, a script's request.
    let unknown: &[&[(&str, &str)]] = &[
        &[("Accept", "image/avif,image/webp,*/*;q=0.8")],
        &[("Accept-Language", "en")],
        &[("Accept-Language", "")],
        &[("Upgrade-Insecure-Requests", "1")],
    ];
    let browser = ("User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101");
    for said in unknown {
        let said = &[said, &[browser][..]].concat()[..];
        for command in ["killsource", "metadata", "killclient", "moveclients", "fallbacks"] {
            assert_eq!(status("GET", command, said).await, 403, "{command} {said:?}");
        }
        assert_eq!(status("GET", "listclients", said).await, 200, "a bookmark: {said:?}");
    }
    let allowed: &[&[(&str, &str)]] = &[
        &[("Sec-Fetch-Site", "same-origin"), ("Accept-Language", "en"), browser],
        &[("Sec-Fetch-Site", "none"), ("Accept-Language", "en"), browser],
        &[("Origin", here), ("Accept-Language", "en"), browser],
        &[("Referer", "http://radio.example:8000/admin/"), ("Accept-Language", "en"), browser],
        // Encoders and tools, also those that call themselves what browsers do.
        &[],
        &[("User-Agent", "libshout/2.4.6")],
        &[("User-Agent", "Mozilla/3.0 (compatible; Indy Library)"), ("Accept", "text/html, */*")],
        &[("Accept", "text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2")],
        &[("User-Agent", "node"), ("Accept-Language", "*"), ("Sec-Fetch-Mode", "cors")],
    ];
    for said in allowed {
        // 400: it was let in, and there is no source.
        assert_eq!(status("GET", "killsource", said).await, 400, "{said:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn passwords_are_read_as_the_door_reads_them() {
    let rig = Rig::start(&[("news", Air::Silent)]).await;
    // As some encoders write it: without the padding, in any letters, with spaces.
    let ask = async |value: &str| {
        rig.ask("GET", "/admin/listmounts", &[("Authorization", value)]).await.status
    };
    assert_eq!(ask("Basic YWRtaW46Ym9zcw").await, 200);
    assert_eq!(ask("basic  YWRtaW46Ym9zcw==").await, 200);
    assert_eq!(ask("Basic YWRtaW46Ym9zcg==").await, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_mount_is_a_bad_request() {
    let rig = Rig::start(&[("news", Air::Silent)]).await;
    for command in
        ["metadata", "listclients", "killclient", "killsource", "moveclients", "fallbacks"]
    {
        let none = rig.get_as("admin:boss", &format!("/admin/{command}")).await;
        assert_eq!((none.status, none.body()), (400, "<b>Missing parameter</b>\r\n".to_owned()));
        let target = format!("/admin/{command}?mount=/nowhere&mode=updinfo&song=x");
        let unknown = rig.get_as("admin:boss", &target).await;
        assert_eq!(unknown.body(), "<b>Source does not exist</b>\r\n", "{command}");
        assert_eq!(unknown.status, 400);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_title_is_set_by_get_and_post_in_any_character_set() {
    let rig = Rig::start(&[("news", Air::Looped)]).await;
    let _source = rig.source("/news.mp3").await;
    let done = "<return>1</return>";
    let get =
        "/admin/metadata?mount=/news.mp3&mode=updinfo&artist=A&title=caf%E9&charset=ISO-8859-1";
    let reply = rig.get_as("admin:boss", get).await;
    assert!(reply.body().contains(done) && reply.body().contains("Metadata update successful"));
    rig.until(async || rig.title("news").await.as_deref() == Some("café")).await;

    let login = basic("admin:boss");
    let headers =
        [("Authorization", login.as_str()), ("Content-Type", "application/x-www-form-urlencoded")];
    let form = "mount=%2Fnews.mp3&mode=updinfo&song=One+%26+Two";
    let reply = rig.send("POST", "/admin/metadata", &headers, form).await;
    assert!(reply.body().contains(done));
    rig.until(async || rig.title("news").await.as_deref() == Some("One & Two")).await;

    let wrong = rig.get_as("admin:boss", "/admin/metadata?mount=/news.mp3&mode=dance&song=x").await;
    assert!(wrong.body().contains("No such action") && wrong.body().contains("<return>0</return>"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_password_sets_no_title_where_no_source_is() {
    let rig = Rig::start(&[("news", Air::Looped)]).await;
    rig.audible().await;
    let target = "/admin/metadata?mount=/news.mp3&mode=updinfo&song=x";
    let reply = rig.get_as("source:hackme", target).await;
    assert_eq!((reply.status, reply.body()), (400, "<b>Source does not exist</b>\r\n".to_owned()));
    let wrong = rig.get("/admin.cgi?pass=guess&mode=updinfo&song=x").await;
    assert_eq!(wrong.status, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn relays_read_the_list_of_mounts() {
    let rig = Rig::start(&[("news", Air::Looped), ("music", Air::Looped)]).await;
    rig.audible().await;
    let list = rig.get_as("relay:pull", "/admin/streamlist.txt").await;
    assert_eq!(list.body(), "/news.mp3\r\n/music.mp3\r\n");
    assert_eq!(rig.get_as("source:hackme", "/admin/streamlist.txt").await.status, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn listeners_are_listed_moved_and_let_go() {
    let rig = Rig::start(&[("news", Air::Looped), ("music", Air::Looped)]).await;
    rig.audible().await;
    let mut listener = rig.listen("/news.mp3", "Receiver <1>").await;
    let list = rig.get_as("admin:boss", "/admin/listclients?mount=/news.mp3").await.body();
    assert!(list.contains("<Listeners>1</Listeners>"), "{list}");
    assert!(list.contains("<UserAgent>Receiver &lt;1&gt;</UserAgent>"), "{list}");
    let id = list.split("<ID>").nth(1).unwrap().split('<').next().unwrap().to_owned();

    let same = "/admin/moveclients?mount=/news.mp3&destination=/news.mp3";
    assert!(rig.get_as("admin:boss", same).await.body().contains("identical"));
    let moved = "/admin/moveclients?mount=/news.mp3&destination=/music.mp3";
    assert!(rig.get_as("admin:boss", moved).await.body().contains("<return>1</return>"));
    let list = rig.get_as("admin:boss", "/admin/listclients?mount=/music.mp3").await.body();
    assert!(list.contains("<Listeners>1</Listeners>"), "{list}");

    // Nobody of this number is at the mount that it left.
    let gone =
        rig.get_as("admin:boss", &format!("/admin/killclient?mount=/news.mp3&id={id}")).await;
    assert!(gone.body().contains(&format!("Client {id} not found")));
    let kill =
        rig.get_as("admin:boss", &format!("/admin/killclient?mount=/music.mp3&id={id}")).await;
    assert!(kill.body().contains(&format!("Client {id} removed")), "{}", kill.body());
    listener.ends().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn stats_name_mounts_and_listeners() {
    let rig = Rig::start(&[("news", Air::Looped)]).await;
    rig.audible().await;
    let _listener = rig.listen("/news.mp3", "x").await;
    let stats = rig.get_as("admin:boss", "/admin/stats").await;
    assert_eq!(stats.header("content-type"), Some("text/xml; charset=utf-8"));
    let xml = stats.body();
    for part in [
        "<source mount=\"/news.mp3\">",
        "<listeners>1</listeners>",
        "<listenurl>http://radio.example:8000/news.mp3</listenurl>",
        "<server_type>audio/mpeg</server_type>",
        "<max_listeners>unlimited</max_listeners>",
    ] {
        assert!(xml.contains(part), "{part} is missing in {xml}");
    }
}
