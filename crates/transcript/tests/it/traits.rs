//! Traits of real pages that are worth a sentence each, in the smallest text that has them.

use transcript::{Code, Document, Role, read};

fn document(text: &str) -> Document {
    read(text.as_bytes(), &transcript::ReadOptions::default()).unwrap()
}

/// Who speaks in each turn, by name.
fn speakers(document: &Document) -> Vec<Option<&str>> {
    let turns = document.blocks().iter().filter_map(|block| block.turn());
    let name = |turn: &transcript::Turn| {
        document.member(turn.speaker.as_ref()?).and_then(|member| member.name.as_deref())
    };
    turns.map(name).collect()
}

#[test]
fn a_players_button_is_no_heading_of_the_transcript() {
    let page = document(
        "A captain counts his last crossings\nSeptember 26, 20254:31 PM ET\nTranscript\n\n\
         NPR's Ida Keane speaks with Ulf Brandsen about the last boat.\n\n\
         IDA KEANE, HOST:\n\nFor forty years he has crossed.\n\nULF BRANDSEN: Thank you.\n",
    );
    assert!(page.summary.as_deref().is_some_and(|summary| summary.starts_with("NPR's Ida")));
    assert_eq!(speakers(&page), [Some("Ida Keane"), Some("Ulf Brandsen")]);
    assert_eq!(page.published.map(String::from).as_deref(), Some("2025-09-26T16:31:00-04:00"));
}

#[test]
fn a_line_between_two_labels_of_one_speaker_is_anothers() {
    let page = document(
        "IDA KEANE, HOST: How many crossings?\n\nULF BRANDSEN: Somebody counted.\n\n\
         How did the dog take it?\n\nULF BRANDSEN: He barked.\n\nKEANE: Thank you.\n",
    );
    assert_eq!(speakers(&page)[2], Some("Ida Keane"));
    assert!(page.blocks()[2].turn().is_some_and(|turn| turn.inferred && turn.label.is_none()));
    assert!(page.warnings.iter().any(|warning| warning.code == Code::DoubtfulSpeaker));
}

#[test]
fn a_name_and_its_time_may_touch() {
    let page = document(
        "<html><body><main><h1>The Tide Table</h1><section aria-label='Transcript'>\
         <div data-start='0.5'><span>Lena Voss</span><span>00:00</span><p>Welcome to Low Water. I'm Lena Voss.</p></div>\
         <div data-start='4.2'><span>Imani Clarke</span><span>00:04</span><p>Thanks, Lena.</p></div>\
         <div data-start='6'><span>Lena Voss</span><span>00:06</span><p>Who makes it?</p></div>\
         <div data-start='8'><span>Imani Clarke</span><span>00:08</span><p>A machine.</p></div>\
         </section></main><div><a>Privacy</a></div></body></html>",
    );
    let clarke = Some("Imani Clarke");
    assert_eq!(speakers(&page), [Some("Lena Voss"), clarke, Some("Lena Voss"), clarke]);
    assert_eq!(page.blocks()[1].time.map(|time| time.start.0), Some(4200));
    assert!(page.furniture.iter().any(|piece| piece.text == "Privacy"));
}

#[test]
fn scripts_that_compare_and_comments_with_tags_are_no_tags() {
    let many = "x ".repeat(600);
    let page = document(&format!(
        "<html><body><script>for(i=0;i<n;i++) {{ {many} }}</script><!-- <p {many}> -->\
         <p>IDA KEANE, HOST: Good morning.</p><p>ULF BRANDSEN: Good morning, Ida.</p></body></html>"
    ));
    assert_eq!(speakers(&page), [Some("Ida Keane"), Some("Ulf Brandsen")]);
    assert_eq!(page.cast[0].role, Some(Role::Host));
}

#[test]
fn several_authors_under_one_name_are_several() {
    let page = document(
        r#"<html><head><script type="application/ld+json">{"@type":"NewsArticle","headline":"The Last Boat","author":{"@type":"Person","name":["Ida Keane","Karim Zamor"]}}</script></head>
        <body><main><div class="story-meta has-byline"><time datetime="2025-09-26T16:31:00-04:00"><span class="date">September 26, 2025</span><span class="time">4:31 PM ET</span></time><p>Heard on <a>All Things Considered</a></p></div>
        <p>IDA KEANE, HOST: Good morning.</p><p>ULF BRANDSEN: Good morning, Ida.</p></main></body></html>"#,
    );
    let names: Vec<&str> = page.bylines.iter().map(|byline| byline.name.as_str()).collect();
    assert_eq!(names, ["Ida Keane", "Karim Zamor"]);
    assert_eq!(page.program.as_deref(), Some("All Things Considered"));
}

#[test]
fn a_title_may_have_a_colon() {
    let page = document(
        "Minister: The Harbor Is Open\nMarch 15, 2022 3:12 PM\nSalma Ridley\n\n\
         VOA: Minister, is it open?\n\nNomvula Pryce: It is open.\n\nVOA: To all?\n\nPryce: To all that float.\n",
    );
    assert_eq!(page.headline.as_deref(), Some("Minister: The Harbor Is Open"));
    assert_eq!(speakers(&page).len(), 4);
}

#[test]
fn a_time_on_the_line_below_a_name_is_its_turns() {
    let page = document(
        "Interview Transcript\n\nInterviewer\n(00:00)\nGood morning, minister.\n\n\
         Nomvula Pryce\n(00:03)\nGood morning.\n\nInterviewer\n(00:05)\nIs it open?\n\n\
         Nomvula Pryce\n(00:09)\nIt is open.\n",
    );
    let pryce = Some("Nomvula Pryce");
    assert_eq!(speakers(&page), [None, pryce, None, pryce]);
    assert_eq!(page.blocks()[3].time.map(|time| time.start.0), Some(9000));
}

#[test]
fn what_is_no_story_is_refused() {
    let lock = (0..20).map(|n| format!("[[package]]\nname = \"p{n}\"\n")).collect::<String>();
    for text in [
        lock.as_str(),
        "<html><body><h1>404</h1><p>We're sorry: the page you are looking for can't be found.</p></body></html>",
        "<html><body><h1>Tidewrack</h1><ul><li>Apple Podcasts</li><li>Spotify</li></ul><h2>Latest episodes</h2><p>31: Wool</p></body></html>",
    ] {
        assert!(read(text.as_bytes(), &transcript::ReadOptions::default()).is_err(), "{text}");
    }
}
