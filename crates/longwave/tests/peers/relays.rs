//! Longwave and a real Icecast, each relaying the other.

use std::net::{SocketAddr, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::rig::{Listener, PASSWORD, Program, Rig, free_address};
use crate::sound::Sound;

/// A running Icecast.
struct Icecast {
    address: SocketAddr,
    program: Program,
}

impl Icecast {
    /// Starts Icecast with these lines in its configuration.
    fn start(dir: &Path, lines: &str) -> Self {
        let address = free_address();
        let port = address.port();
        let root = dir.join("icecast");
        std::fs::create_dir(&root).unwrap();
        // Icecast gives up root's rights, and then writes its logs as nobody.
        for folder in [dir, &root] {
            std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o777)).unwrap();
        }
        let config = root.join("icecast.xml");
        let at = root.display();
        std::fs::write(
            &config,
            format!(
                "<icecast><hostname>localhost</hostname><limits><clients>50</clients>\
                 <sources>5</sources><source-timeout>10</source-timeout></limits>\
                 <authentication><source-password>{PASSWORD}</source-password>\
                 <relay-password>{PASSWORD}</relay-password><admin-user>admin</admin-user>\
                 <admin-password>{PASSWORD}</admin-password></authentication>\
                 <listen-socket><port>{port}</port><bind-address>127.0.0.1</bind-address></listen-socket>\
                 {lines}<paths><basedir>{at}</basedir><logdir>{at}</logdir><webroot>{at}</webroot>\
                 <adminroot>{at}</adminroot></paths><logging><accesslog>access.log</accesslog>\
                 <errorlog>error.log</errorlog><loglevel>4</loglevel></logging><security>\
                 <chroot>0</chroot><changeowner><user>nobody</user><group>nogroup</group>\
                 </changeowner></security></icecast>"
            ),
        )
        .unwrap();
        let mut command = Command::new("icecast2");
        command.arg("-c").arg(&config);
        let mut program = Program::start(dir, "icecast2", &mut command);
        let deadline = Instant::now() + Duration::from_secs(20);
        while TcpStream::connect(address).is_err() {
            assert!(!program.ended(), "icecast ended at once: {}", program.log());
            assert!(Instant::now() < deadline, "icecast does not listen: {}", program.log());
            std::thread::sleep(Duration::from_millis(20));
        }
        Self { address, program }
    }
}

/// Sends `sound` to `url` in real time.
fn send(rig: &Rig, sound: &Sound, url: &str) -> Program {
    rig.run(
        "ffmpeg",
        &[
            "-v",
            "error",
            "-nostdin",
            "-re",
            "-i",
            sound.file(),
            "-c",
            "copy",
            "-f",
            "mp3",
            "-write_xing",
            "0",
            "-id3v2_version",
            "0",
            "-content_type",
            "audio/mpeg",
            url,
        ],
    )
}

/// Asks Icecast, or Longwave, to set a title.
fn set_title(address: SocketAddr, mount: &str, title: &str) {
    let status = Command::new("curl")
        .args(["-sS", "-f", "-o", "/dev/null", "-u", &format!("source:{PASSWORD}"), "-G"])
        .args(["--data-urlencode", &format!("song={title}"), "-d", "mode=updinfo"])
        .args(["--data-urlencode", &format!("mount={mount}")])
        .arg(format!("http://{address}/admin/metadata"))
        .status()
        .unwrap();
    assert!(status.success());
}

#[test]
fn longwave_relays_icecast_with_its_titles() {
    let dir = tempfile::tempdir().unwrap();
    let icecast = Icecast::start(dir.path(), "");
    let rig = Rig::serve(
        "{ builtin = \"news\" }",
        &format!("relay = \"http://{}/master.mp3\"", icecast.address),
    );
    let sound = Sound::mp3(rig.dir.path(), "master", 30);
    let url = format!("icecast://source:{PASSWORD}@{}/master.mp3", icecast.address);
    let ffmpeg = send(&rig, &sound, &url);
    let mut listener = Listener::join(&rig, "/relay.mp3", "");
    listener.until("what Icecast sends", |heard| sound.count(heard) > 80);
    set_title(icecast.address, "/master.mp3", "Orla Venn - Low Water");
    rig.until("the title came through", || rig.page("/status-json.xsl").contains("Low Water"));
    listener.until("more of it", |heard| sound.count(heard) > 300);
    sound.assert_whole(listener.heard());
    ffmpeg.kill();
    rig.until("the fallback is on the air", || {
        rig.health()["streams"][0]["on_air"].as_str().is_some_and(|on| on.starts_with("loop"))
    });
    assert!(!icecast.program.log().contains("panic"));
}

#[test]
fn icecast_relays_longwave_with_its_titles() {
    let rig = Rig::serve("", "accept = true");
    let relay = format!(
        "<relay><server>127.0.0.1</server><port>{}</port><mount>/relay.mp3</mount>\
         <local-mount>/slave.mp3</local-mount><relay-shoutcast-metadata>1</relay-shoutcast-metadata>\
         <on-demand>0</on-demand></relay>",
        rig.address.port()
    );
    let sound = Sound::mp3(rig.dir.path(), "slave", 40);
    let ffmpeg = send(&rig, &sound, &rig.icecast_url("/relay.mp3"));
    rig.until("ffmpeg is on the air", || rig.has_source("/relay.mp3"));
    set_title(rig.address, "/relay.mp3", "Orla Venn - High Water");
    let icecast = Icecast::start(rig.dir.path(), &relay);
    let status = format!("http://{}/admin/stats", icecast.address);
    rig.until("Icecast shows the title", || {
        let output = Command::new("curl")
            .args(["-sS", "-u", &format!("admin:{PASSWORD}"), &status])
            .output()
            .unwrap();
        String::from_utf8_lossy(&output.stdout).contains("High Water")
    });
    let heard = Command::new("curl")
        .args(["-sS", "--max-time", "6", &format!("http://{}/slave.mp3", icecast.address)])
        .output()
        .unwrap();
    assert!(sound.count(&heard.stdout) > 100, "Icecast's listener hears the source");
    sound.assert_whole(&heard.stdout);
    ffmpeg.kill();
}

#[test]
fn icecast_finds_all_mounts_of_longwave_as_its_master() {
    let rig = Rig::serve("{ builtin = \"music\" }", "accept = true");
    let master = format!(
        "<master-server>127.0.0.1</master-server><master-server-port>{}</master-server-port>\
         <master-update-interval>5</master-update-interval><master-username>relay</master-username>\
         <master-password>{PASSWORD}</master-password><relays-on-demand>0</relays-on-demand>",
        rig.address.port()
    );
    let icecast = Icecast::start(rig.dir.path(), &master);
    let url = format!("http://{}/relay.mp3", icecast.address);
    rig.until("Icecast relays the mount that it found", || {
        let output = Command::new("curl")
            .args(["-sS", "--max-time", "2", "-o", "/dev/null", "-w", "%{http_code}", &url])
            .output()
            .unwrap();
        String::from_utf8_lossy(&output.stdout) == "200"
    });
}
