//! Inputs that are made to be slow to read, each of any size: one for everything that readers look
//! through more than once.

use transcript::Format;

/// An input: its name, the form it is read as, and how it is made.
pub(crate) struct Hostile {
    /// What it is.
    pub(crate) name: &'static str,
    /// As what it is read.
    pub(crate) format: Format,
    make: Box<dyn Fn(usize) -> String>,
}

impl Hostile {
    /// The input, of about so many bytes.
    pub(crate) fn text(&self, size: usize) -> String {
        (self.make)(size)
    }
}

fn fill(unit: &str, size: usize) -> String {
    unit.repeat(size / unit.len() + 1)
}

fn counted(size: usize, each: impl Fn(usize) -> String) -> String {
    let mut text = String::new();
    let mut count = 0;
    while text.len() < size {
        text += &each(count);
        count += 1;
    }
    text
}

/// The start of a broadcast with two voices, for what only matters behind one.
const TALK: &str = "ANN LEE: Hi.\n\nBO RAY: Ho.\n\nANN LEE: Yes.\n\n";

/// A name in capitals, another for each number.
fn name(number: usize) -> String {
    let letter = |number: usize| (b'A' + (number % 26) as u8) as char;
    let [one, two, three] = [number, number / 26, number / 676].map(letter);
    let [four, five, six] = [number / 7, number / 3, number / 17576].map(letter);
    format!("{one}{two}{three}A {four}{five}{six}O")
}

/// The same with small letters behind the first.
fn small(number: usize) -> String {
    let name = name(number);
    let words = name.split(' ').map(|word| word[..1].to_owned() + &word[1..].to_lowercase());
    words.collect::<Vec<_>>().join(" ")
}

/// All of them.
pub(crate) fn all() -> Vec<Hostile> {
    type Make = Box<dyn Fn(usize) -> String>;
    let (t, h, v, s) = (Format::Text, Format::Html, Format::Vtt, Format::Srt);
    let inputs: Vec<(&'static str, Format, Make)> = vec![
        ("parens", t, Box::new(|n| fill("(", n))),
        ("brackets", t, Box::new(|n| fill("[", n))),
        ("closed", t, Box::new(|n| fill("(", n / 2) + &fill(")", n / 2))),
        ("pairs", t, Box::new(|n| fill("() ", n))),
        ("a-lines", t, Box::new(|n| fill("A: \n", n))),
        ("a-text-lines", t, Box::new(|n| fill("A: hello there.\n", n))),
        ("a-inline", t, Box::new(|n| fill("A: ", n))),
        ("ab", t, Box::new(|n| fill("ANN LEE: hello there.\n\nBO RAY: Hi. What?\n\n", n))),
        ("ab-inline", t, Box::new(|n| fill("ANN LEE: hello there. BO RAY: Hi. What? ", n))),
        ("same", t, Box::new(|n| fill("ANN LEE: hello there.\n\nand more.\n\n", n))),
        ("distinct", t, Box::new(|n| counted(n, |i| format!("{}: hello there.\n\n", name(i))))),
        (
            "distinct-surnames",
            t,
            Box::new(|n| {
                counted(n, |i| {
                    format!(
                        "{}: hello.\n\n{}: yes.\n\n",
                        name(i),
                        name(i).split(' ').nth(1).unwrap_or("")
                    )
                })
            }),
        ),
        (
            "singles",
            t,
            Box::new(|n| counted(n, |i| format!("{}: hello.\n\n", name(i).replace(' ', "")))),
        ),
        (
            "initialled",
            t,
            Box::new(|n| counted(n, |i| format!("{}. LEE: hello.\n\n", &name(i)[..2]))),
        ),
        (
            "hosts",
            t,
            Box::new(|n| {
                counted(n, |i| format!("{}, HOST: hello, I'm {}.\n\n", name(i), small(i)))
            }),
        ),
        (
            "titlecase",
            t,
            Box::new(|n| counted(n, |i| format!("{}: hello there.\n\n", small(i / 2)))),
        ),
        (
            "alone",
            t,
            Box::new(|n| counted(n, |i| format!("{}\nHello there.\n\n", small(i / 3 % 5000)))),
        ),
        ("front", t, Box::new(|n| counted(n, |i| format!("{} Hello there.\n\n", name(i / 2))))),
        (
            "unidentified",
            t,
            Box::new(|n| fill("UNIDENTIFIED MALE: I saw it.\n\nANN LEE, HOST: yes.\n\n", n)),
        ),
        ("unidentified-only", t, Box::new(|n| fill("UNIDENTIFIED MALE: I saw it.\n\n", n))),
        (
            "unidentified-numbered",
            t,
            Box::new(|n| counted(n, |i| format!("UNIDENTIFIED PERSON #{i}: I saw it.\n\n"))),
        ),
        ("callers", t, Box::new(|n| fill("CALLER: I saw it.\n\nBO: yes.\n\nANN: No.\n\n", n))),
        ("soundbite-open", t, Box::new(|n| fill("(SOUNDBITE OF ", n))),
        ("soundbites", t, Box::new(|n| fill("(SOUNDBITE OF BIRDS)\n\n", n))),
        ("soundbite-music", t, Box::new(|n| fill("(SOUNDBITE OF A'S \"X\" B'S \"Y\" ", n))),
        ("rights", t, Box::new(|n| fill("ANN: Hi.\n\nBO: Hi.\n\nCopyright 2020 NPR.\n\n", n))),
        ("rights-inline", t, Box::new(|n| fill("ANN: Hi. BO: Hi. Copyright 2020 NPR. ", n))),
        ("copyright-words", t, Box::new(|n| fill("copyright ", n))),
        (
            "bios",
            t,
            Box::new(|n| {
                "ANN LEE: Hi.\n\nBO RAY: Ho.\n\nANN LEE: x\n\nCopyright 2020 NPR\n\n".to_string()
                    + &counted(n, |i| {
                        format!("{} is a reporter for the station in the north.\n\n", small(i))
                    })
            }),
        ),
        (
            "bylines",
            t,
            Box::new(|n| {
                "The headline of it\n\n".to_string()
                    + &counted(n, |i| format!("By {}\n", small(i)))
                    + "ANN LEE: Hi.\n\nBO RAY: Ho.\n\nANN LEE: x\n\n"
            }),
        ),
        (
            "greetings",
            t,
            Box::new(|n| {
                fill(
                    "ANN LEE: Hello, Terry. Thanks, Bo. Hi, Ann, yes.\n\nBO RAY: Hello, Mary. Thank you, Ann.\n\n",
                    n,
                )
            }),
        ),
        ("commas", t, Box::new(|n| TALK.to_owned() + "ANN LEE: " + &fill(", Ab. ", n))),
        (
            "im",
            t,
            Box::new(|n| {
                fill(
                    "ANN LEE: I'm Bo Ray. I'm Ann Lee, with Bo Ray.\n\nBO RAY: I'm Ann Lee.\n\n",
                    n,
                )
            }),
        ),
        ("gaps", t, Box::new(|n| fill("ANN LEE: Hi.\n\n\n\nWho?\n\n\n\nANN LEE: x\n\n", n))),
        (
            "gap-many",
            t,
            Box::new(|n| {
                counted(n, |i| format!("{}: Hi.\n\n\n\nWho?\n\n\n\n{}: x\n\n", name(i), name(i)))
            }),
        ),
        (
            "again",
            t,
            Box::new(|n| {
                counted(n, |i| format!("{}: Hi.\n\nWho?\n\n{}: x\n\n", name(i / 9), name(i / 9)))
            }),
        ),
        ("newlines", t, Box::new(|n| fill("\n", n))),
        ("newline-a", t, Box::new(|n| fill("a\n", n))),
        ("long", t, Box::new(|n| fill("word ", n))),
        ("long-sentences", t, Box::new(|n| fill("It was so. ", n))),
        ("colons", t, Box::new(|n| fill(":", n))),
        ("colon-words", t, Box::new(|n| fill("He said: ", n))),
        ("quotes", t, Box::new(|n| fill("\" ", n))),
        ("quote-caps", t, Box::new(|n| fill("AB \"", n))),
        ("hashes", t, Box::new(|n| fill("#00:01 ", n))),
        ("music", t, Box::new(|n| fill("MUSIC ", n))),
        ("chevrons", t, Box::new(|n| fill(">> ", n))),
        ("chevron-lines", t, Box::new(|n| fill(">> HELLO THERE\n", n))),
        ("dates", t, Box::new(|n| fill("June 3, 2020\n", n))),
        (
            "tags",
            t,
            Box::new(|n| {
                "Headline of it\n\nANN LEE: Hi.\n\nBO RAY: Ho.\n\nANN LEE: x\n\nCopyright 2020 NPR\n\nTags\n".to_string() + &fill("News\n", n)
            }),
        ),
        (
            "topics",
            t,
            Box::new(|n| {
                "Headline of it\n\nTopics\n".to_string()
                    + &fill("News\n", n)
                    + "\nANN LEE: Hi.\n\nBO RAY: Ho.\n\nANN LEE: x\n\n"
            }),
        ),
        ("players", t, Box::new(|n| fill("Play Live Radio\n0:00\n", n))),
        (
            "captions-img",
            t,
            Box::new(|n| counted(n, |i| format!("Image: What it shows {i}. (Name / AP)\n"))),
        ),
        (
            "article",
            t,
            Box::new(|n| {
                "The headline of it\n\n".to_string()
                    + &counted(n, |i| {
                        format!("The man {i} went home to see what there was to see today.\n\n")
                    })
            }),
        ),
        ("ph", t, Box::new(|n| TALK.to_owned() + "ANN LEE: " + &fill("Bo (ph) ", n))),
        ("caps", t, Box::new(|n| fill("ABC ", n))),
        ("cjk", t, Box::new(|n| fill("陈大海：晚上好。\n\n林晓雨：船长。\n\n", n))),
        (
            "clips",
            t,
            Box::new(|n| fill("(BEGIN VIDEO CLIP)\n\nANN LEE: x\n\n(END VIDEO CLIP)\n\n", n)),
        ),
        ("h-div", h, Box::new(|n| "<html><body>".to_string() + &fill("<div>", n))),
        ("h-p", h, Box::new(|n| "<html><body>".to_string() + &fill("<p>ANN LEE: x ", n))),
        ("h-b", h, Box::new(|n| "<html><body>".to_string() + &fill("<b>", n))),
        ("h-b-text", h, Box::new(|n| "<html><body>".to_string() + &fill("<b>ANN:</b> x\n", n))),
        ("h-a", h, Box::new(|n| "<html><body>".to_string() + &fill("<a href=x>", n))),
        ("h-span", h, Box::new(|n| "<html><body>".to_string() + &fill("<span>x", n))),
        ("h-entity", h, Box::new(|n| "<html><body>".to_string() + &fill("&amp;", n))),
        ("h-table", h, Box::new(|n| "<html><body>".to_string() + &fill("<table><tr><td>", n))),
        (
            "h-rows",
            h,
            Box::new(|n| {
                "<html><body><table>".to_string()
                    + &fill("<tr><td>00:01</td><td>Ann Lee</td><td>words</td></tr>", n)
            }),
        ),
        ("h-nested-strong", h, Box::new(|n| "<html><body>".to_string() + &fill("x\n<strong>", n))),
        ("h-lt", h, Box::new(|n| "<html><body>".to_string() + &fill("<", n))),
        (
            "h-attr-quoted",
            h,
            Box::new(|n| "<body><3<p ".to_owned() + &counted(n, |i| format!("a{i}=\"<>\" "))),
        ),
        (
            "h-attr-end",
            h,
            Box::new(|n| "<script></script ".to_owned() + &counted(n, |i| format!("a{i} "))),
        ),
        (
            "h-attr",
            h,
            Box::new(|n| {
                "<html><body>".to_string() + "<p " + &counted(n, |i| format!("a{i}=b ")) + ">"
            }),
        ),
        ("h-comment", h, Box::new(|n| "<html><body>".to_string() + &fill("<!-- x -->", n))),
        ("h-li", h, Box::new(|n| "<html><body>".to_string() + &fill("<ul><li>", n))),
        ("h-font", h, Box::new(|n| "<html><body>".to_string() + &fill("<p><font><i>", n))),
        ("h-form", h, Box::new(|n| "<html><body>".to_string() + &fill("<a><p></a><div>", n))),
        (
            "h-jsonld",
            h,
            Box::new(|n| {
                "<html><head><script type=\"application/ld+json\">".to_string()
                    + &fill("[", n)
                    + "</script></head><body><p>x"
            }),
        ),
        (
            "h-jsonlds",
            h,
            Box::new(|n| {
                "<html><head>".to_string()
                    + &fill(
                        "<script type=\"application/ld+json\">{\"@type\":\"NewsArticle\",\"headline\":\"x\"}</script>",
                        n,
                    )
                    + "</head><body><p>x"
            }),
        ),
        (
            "h-meta",
            h,
            Box::new(|n| {
                "<html><head>".to_string()
                    + &counted(n, |i| format!("<meta name=a{i} content=b>"))
                    + "</head><body><p>x"
            }),
        ),
        (
            "v-cues",
            v,
            Box::new(|n| {
                "WEBVTT\n\n".to_string()
                    + &counted(n, |i| {
                        format!(
                            "00:{:02}:{:02}.000 --> 00:{:02}:{:02}.500\n<v Ann Lee>Hello there.\n\n",
                            i / 60 % 60,
                            i % 60,
                            i / 60 % 60,
                            i % 60
                        )
                    })
            }),
        ),
        (
            "v-names",
            v,
            Box::new(|n| {
                "WEBVTT\n\n".to_string()
                    + &counted(n, |i| {
                        format!(
                            "00:{:02}:{:02}.000 --> 00:{:02}:{:02}.500\n<v {}>Hello there.\n\n",
                            i / 60 % 60,
                            i % 60,
                            i / 60 % 60,
                            i % 60,
                            small(i)
                        )
                    })
            }),
        ),
        ("v-arrows", v, Box::new(|n| "WEBVTT\n\n".to_string() + &fill("-->", n))),
        ("v-arrow-lines", v, Box::new(|n| "WEBVTT\n\n".to_string() + &fill("00:01.000 --> \n", n))),
        (
            "v-tags",
            v,
            Box::new(|n| "WEBVTT\n\n00:01.000 --> 00:02.000\n".to_string() + &fill("<b>", n)),
        ),
        (
            "v-v",
            v,
            Box::new(|n| "WEBVTT\n\n00:01.000 --> 00:02.000\n".to_string() + &fill("<v A>x", n)),
        ),
        ("v-notes", v, Box::new(|n| "WEBVTT\n\n".to_string() + &fill("NOTE x\n\n", n))),
        (
            "v-chev",
            v,
            Box::new(|n| {
                "WEBVTT\n\n".to_string()
                    + &counted(n, |i| {
                        format!(
                            "00:{:02}:{:02}.000 --> 00:{:02}:{:02}.500\n>> HELLO THERE.\n\n",
                            i / 60 % 60,
                            i % 60,
                            i / 60 % 60,
                            i % 60
                        )
                    })
            }),
        ),
        (
            "v-rollup",
            v,
            Box::new(|n| {
                "WEBVTT\n\n".to_string()
                    + &counted(n, |i| {
                        format!(
                            "00:{:02}:{:02}.000 --> 00:{:02}:{:02}.500\nline {}\nline {}\n\n",
                            i / 60 % 60,
                            i % 60,
                            i / 60 % 60,
                            i % 60,
                            i,
                            i + 1
                        )
                    })
            }),
        ),
        (
            "s-cues",
            s,
            Box::new(|n| {
                counted(n, |i| {
                    format!(
                        "{i}\n00:{:02}:{:02},000 --> 00:{:02}:{:02},500\nANN: Hello there.\n\n",
                        i / 60 % 60,
                        i % 60,
                        i / 60 % 60,
                        i % 60
                    )
                })
            }),
        ),
        ("s-numbers", s, Box::new(|n| fill("1\n", n))),
        (
            "ttml-deep",
            Format::Ttml,
            Box::new(|n| {
                "<tt xmlns=\"http://www.w3.org/ns/ttml\"><body><div>".to_string()
                    + &fill("<p begin=\"1s\">", n)
            }),
        ),
        (
            "ttml-p",
            Format::Ttml,
            Box::new(|n| {
                "<tt xmlns=\"http://www.w3.org/ns/ttml\"><body><div>".to_string()
                    + &fill("<p begin=\"1s\" end=\"2s\">Hello</p>", n)
                    + "</div></body></tt>"
            }),
        ),
        (
            "ttml-agents",
            Format::Ttml,
            Box::new(|n| {
                "<tt xmlns=\"http://www.w3.org/ns/ttml\" xmlns:ttm=\"x\"><head><metadata>"
                    .to_string()
                    + &counted(n / 2, |i| {
                        format!(
                            "<ttm:agent xml:id=\"a{i}\"><ttm:name>{}</ttm:name></ttm:agent>",
                            small(i)
                        )
                    })
                    + "</metadata></head><body><div>"
                    + &counted(n / 2, |i| format!("<p begin=\"1s\" ttm:agent=\"a{i}\">Hello</p>"))
                    + "</div></body></tt>"
            }),
        ),
        (
            "pj",
            Format::PodcastJson,
            Box::new(|n| {
                "{\"version\":\"1.0\",\"segments\":[".to_string()
                    + &counted(n, |i| {
                        format!(
                            "{{\"speaker\":\"{}\",\"startTime\":{i},\"endTime\":{},\"body\":\"Hello.\"}},",
                            small(i),
                            i + 1
                        )
                    })
                    + "{\"body\":\"x\",\"startTime\":1}]}"
            }),
        ),
        ("pj-deep", Format::PodcastJson, Box::new(|n| fill("[", n))),
        (
            "wj",
            Format::WhisperJson,
            Box::new(|n| {
                "{\"segments\":[".to_string()
                    + &counted(n, |i| {
                        format!(
                            "{{\"start\":{i},\"end\":{},\"text\":\" Hello there.\",\"speaker\":\"SPEAKER_{:02}\"}},",
                            i + 1,
                            i % 3
                        )
                    })
                    + "{\"text\":\"x\",\"start\":1,\"end\":2}]}"
            }),
        ),
        (
            "wj-speakers",
            Format::WhisperJson,
            Box::new(|n| {
                "{\"segments\":[".to_string()
                    + &counted(n, |i| {
                        format!(
                            "{{\"start\":{i},\"end\":{},\"text\":\" Hello there.\",\"speaker\":\"SPEAKER_{i}\"}},",
                            i + 1
                        )
                    })
                    + "{\"text\":\"x\",\"start\":1,\"end\":2}]}"
            }),
        ),
        (
            "aj",
            Format::AapbJson,
            Box::new(|n| {
                "{\"language\":\"en\",\"parts\":[".to_string()
                    + &counted(n, |i| {
                        format!(
                            "{{\"text\":\"Ann: Hello there.\",\"start_time\":\"{i}\",\"end_time\":\"{}\"}},",
                            i + 1
                        )
                    })
                    + "{\"text\":\"x\",\"start_time\":\"1\",\"end_time\":\"2\"}]}"
            }),
        ),
        (
            "kj",
            Format::KaldiJson,
            Box::new(|n| {
                "{\"retval\":{\"words\":[".to_string()
                    + &counted(n, |i| {
                        format!(
                            "{{\"start\":{i},\"end\":{},\"word\":\"hello\",\"punct\":\"Hello.\",\"confidence\":0.5}},",
                            i + 1
                        )
                    })
                    + "{\"start\":1,\"end\":2,\"word\":\"x\",\"punct\":\"x\"}]}}"
            }),
        ),
        (
            "otter",
            Format::Otter,
            Box::new(|n| {
                counted(n, |i| format!("{}  0:{:02}  \nHello there.\n\n", small(i % 9), i % 60))
            }),
        ),
        (
            "descript",
            Format::Descript,
            Box::new(|n| {
                counted(n, |i| {
                    format!(
                        "[00:{:02}:{:02}] {}: Hello there.\n\n",
                        i / 60 % 60,
                        i % 60,
                        small(i % 9)
                    )
                })
            }),
        ),
        (
            "podlove",
            Format::PodloveXml,
            Box::new(|n| {
                "<pst:transcripts xmlns:pst=\"x\">".to_string()
                    + &counted(n, |i| {
                        format!(
                            "<pst:speech><pst:speaker>{}</pst:speaker><pst:item start=\"00:00:01.000\" end=\"00:00:02.000\">Hi.</pst:item></pst:speech>",
                            small(i)
                        )
                    })
                    + "</pst:transcripts>"
            }),
        ),
        (
            "phtml",
            Format::PodcastHtml,
            Box::new(|n| {
                counted(n, |i| {
                    format!(
                        "<cite>{}:</cite><time>0:{:02}</time><p>Hello there.</p>",
                        small(i),
                        i % 60
                    )
                })
            }),
        ),
    ];
    let hostile = |(name, format, make)| Hostile { name, format, make };
    inputs.into_iter().map(hostile).collect()
}
