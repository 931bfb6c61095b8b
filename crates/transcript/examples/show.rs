use transcript::*;
fn main() {
    for path in std::env::args().skip(1) {
        println!("===== {path}");
        let bytes = std::fs::read(&path).unwrap();
        match read(&bytes, &ReadOptions { name: Some(&path), ..Default::default() }) {
            Err(err) => println!("REFUSED {err}"),
            Ok(d) => {
                println!(
                    "headline {:?}\nsummary {:?}\nprogram {:?} station {:?} network {:?} section {:?}\nbylines {:?} published {:?} len {:?} tags {:?}\ncredits {:?}\nparts {:?}",
                    d.headline,
                    d.summary,
                    d.program,
                    d.station,
                    d.network,
                    d.section,
                    d.bylines.iter().map(|b| &b.name).collect::<Vec<_>>(),
                    d.published.map(String::from),
                    d.audio_length,
                    d.tags,
                    d.image_credits.iter().map(|c| (&c.caption, &c.credit)).collect::<Vec<_>>(),
                    d.parts
                );
                for p in d.article.iter().flat_map(|a| &a.paragraphs) {
                    println!("  A| {}", p.text.chars().take(90).collect::<String>());
                }
                for m in &d.cast {
                    println!(
                        "  cast {} | {:?} | {:?} | {:?} | {:?} | {:?} {}",
                        m.id,
                        m.name,
                        m.title,
                        m.role,
                        m.affiliation,
                        m.description,
                        if m.inferred { "INF" } else { "" }
                    );
                }
                for b in d.blocks() {
                    let t = b
                        .time
                        .map(|t| format!("{:?}", (t.start.0, t.end.map(|e| e.0))))
                        .unwrap_or_default();
                    match &b.content {
                        Content::Turn(turn) => println!(
                            "  T {:?} | {:?} | {:?} {:?} {} {:?} {t}",
                            turn.speaker.as_ref().map(|s| s.0.as_str()),
                            turn.label,
                            turn.paragraphs
                                .iter()
                                .map(|p| p.text.chars().take(60).collect::<String>())
                                .collect::<Vec<_>>(),
                            turn.notes,
                            if turn.inferred { "INF" } else { "" },
                            turn.clip
                        ),
                        Content::Cue(c) => println!("  C {:?} {} {t}", c.kind, c.text),
                        Content::Timestamp(s) => println!("  S {}", s.text),
                        Content::Gap(_) => println!("  GAP"),
                    }
                }
                if let Some(r) = &d.rights {
                    println!(
                        "  rights {:?} {:?} {:?} {:?} D {:?}",
                        r.line, r.holder, r.provider, r.year, r.disclaimer
                    );
                }
                for b in &d.bios {
                    println!(
                        "  bio {:?} {:?}",
                        b.name,
                        b.text.chars().take(80).collect::<String>()
                    );
                }
                for n in &d.notes {
                    println!(
                        "  note {:?} {:?} {:?}",
                        n.kind,
                        n.touches,
                        n.text.chars().take(80).collect::<String>()
                    );
                }
                for f in &d.furniture {
                    println!("  F {:?} {:?}", f.kind, f.text.chars().take(70).collect::<String>());
                }
                for w in &d.warnings {
                    println!("  W {} {} {:?}", w.code.name(), w.message, w.line);
                }
            }
        }
    }
}
