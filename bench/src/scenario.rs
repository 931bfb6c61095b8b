//! What is measured.

use std::time::Duration;

use anyhow::Result;

use crate::Conditions;
use crate::crowd::{Crowd, Listener, Manner};
use crate::measure::{cpu, median, percentile, resident};
use crate::server::{Contender, Server};
use crate::table;

/// CPU and memory of one server with its listeners.
struct Load {
    /// CPU, in microseconds per listener and second.
    cpu: f64,
    /// Resident memory beyond the idle server's, in KiB per listener.
    memory: f64,
}

/// CPU and memory per listener.
pub(crate) fn listeners(conditions: &Conditions) -> Result<()> {
    let mut rows = Vec::new();
    for count in conditions.counts() {
        for (icy, kind) in [(false, "plain"), (true, "ICY")] {
            let contenders = [Contender::Longwave, Contender::Icecast, Contender::Floor];
            let mut loads = contenders.map(|_| Vec::new());
            for run in 0..conditions.runs() {
                for turn in 0..contenders.len() {
                    // Another goes first in each run.
                    let which = (turn + run) % contenders.len();
                    let (Some(contender), Some(list)) =
                        (contenders.get(which), loads.get_mut(which))
                    else {
                        continue;
                    };
                    eprintln!("{count} listeners, {kind}, run {}: {}", run + 1, contender.name());
                    list.push(load(*contender, conditions, count, icy)?);
                }
            }
            let [longwave, icecast, floor] = loads.map(|list| middle(&list));
            rows.push(vec![
                format!("{count} {kind}"),
                format!("{:.1}", longwave.cpu),
                format!("{:.1}", icecast.cpu),
                format!("{:.1}", floor.cpu),
                format!("{:.2}", longwave.cpu / icecast.cpu),
                format!("{:.2}", longwave.cpu / floor.cpu),
                format!("{:.2}", longwave.memory),
                format!("{:.2}", icecast.memory),
            ]);
        }
    }
    let tls = 1000;
    let mut loads = Vec::new();
    for run in 0..conditions.runs() {
        eprintln!("{tls} listeners, TLS, run {}: {}", run + 1, Contender::LongwaveTls.name());
        loads.push(load(Contender::LongwaveTls, conditions, tls, false)?);
    }
    let load = middle(&loads);
    let mut row = vec![format!("{tls} TLS"), format!("{:.1}", load.cpu)];
    row.extend(["–", "–", "–", "–"].map(str::to_owned));
    row.extend([format!("{:.2}", load.memory), "–".to_owned()]);
    rows.push(row);
    table::print(
        "CPU and memory per listener",
        &format!(
            "128 kbit/s MP3 on loopback; CPU of all threads with disk writing on, µs per listener and second, \
             over {} s, median of {} alternated runs; memory: KiB of resident memory per listener beyond the idle server.",
            conditions.span().as_secs(),
            conditions.runs()
        ),
        &[
            "listeners",
            "Longwave µs/s",
            "Icecast µs/s",
            "bare send() µs/s",
            "of Icecast",
            "of bare send()",
            "Longwave KiB",
            "Icecast KiB",
        ],
        &rows,
    );
    Ok(())
}

fn load(contender: Contender, conditions: &Conditions, count: usize, icy: bool) -> Result<Load> {
    let server = Server::start(contender, &conditions.longwave)?;
    let idle = resident(server.pid())?;
    let idle_cpu = {
        let before = cpu(server.pid())?;
        std::thread::sleep(Duration::from_secs(2));
        (cpu(server.pid())?.saturating_sub(before)).as_secs_f64() / 2.0
    };
    let crowd = Crowd::gather(Manner {
        address: server.address,
        path: server.path,
        count,
        within: Duration::from_millis(count as u64 * 5),
        icy,
        tls: contender == Contender::LongwaveTls,
    });
    crowd.wait(count, Duration::from_secs(120))?;
    // Past every burst.
    std::thread::sleep(Duration::from_secs(10));
    let before = cpu(server.pid())?;
    std::thread::sleep(conditions.span());
    let spent = cpu(server.pid())?.saturating_sub(before);
    let memory = resident(server.pid())?.saturating_sub(idle);
    let left = crowd.disperse()?.iter().filter(|listener| listener.closed).count();
    anyhow::ensure!(left == 0, "{left} of {count} listeners were dropped by {}", contender.name());
    let each = count as f64;
    eprintln!(
        "  {:.1} µs/s each ({:.2} % of a core in all, {:.2} % idle), {:.2} KiB each",
        spent.as_secs_f64() * 1e6 / conditions.span().as_secs_f64() / each,
        spent.as_secs_f64() / conditions.span().as_secs_f64() * 100.0,
        idle_cpu * 100.0,
        memory as f64 / 1024.0 / each
    );
    Ok(Load {
        cpu: spent.as_secs_f64() * 1e6 / conditions.span().as_secs_f64() / each,
        memory: memory as f64 / 1024.0 / each,
    })
}

fn middle(loads: &[Load]) -> Load {
    Load {
        cpu: median(loads.iter().map(|load| load.cpu).collect()),
        memory: median(loads.iter().map(|load| load.memory).collect()),
    }
}

/// 5,000 listeners in 2.5 seconds.
pub(crate) fn rush(conditions: &Conditions) -> Result<()> {
    let count = conditions.listeners.first().copied().unwrap_or(5000);
    let mut rows = Vec::new();
    for (contender, count, within) in [
        (Contender::Longwave, count, Duration::from_millis(2500)),
        (Contender::Icecast, 1000, Duration::from_millis(500)),
    ] {
        for run in 0..conditions.runs() {
            eprintln!("rush, run {}: {}", run + 1, contender.name());
            let server = Server::start(contender, &conditions.longwave)?;
            let crowd = Crowd::gather(Manner {
                address: server.address,
                path: server.path,
                count,
                within,
                icy: false,
                tls: false,
            });
            // Those who are not served by then never were: said in the table, no error.
            let patience = if contender == Contender::Longwave { 10 } else { 35 };
            let _ = crowd.wait(count, Duration::from_secs(patience));
            let name = format!("{}, {count} in {within:?}", contender.name());
            rows.push(latencies(&name, &crowd.disperse()?));
        }
    }
    table::print(
        "A rush of listeners",
        "First byte of audio after asking for the connection.",
        LATENCY_HEAD,
        &rows,
    );
    Ok(())
}

/// 100 joins a second with 1,000 seated.
pub(crate) fn join(conditions: &Conditions) -> Result<()> {
    let mut rows = Vec::new();
    for run in 0..conditions.runs() {
        for contender in [Contender::Longwave, Contender::Icecast] {
            eprintln!("joins, run {}: {}", run + 1, contender.name());
            let server = Server::start(contender, &conditions.longwave)?;
            let manner = Manner {
                address: server.address,
                path: server.path,
                count: 1000,
                within: Duration::from_secs(10),
                icy: false,
                tls: false,
            };
            let seated = Crowd::gather(manner.clone());
            seated.wait(1000, Duration::from_secs(60))?;
            let joining = Crowd::gather(manner);
            let _ = joining.wait(1000, Duration::from_secs(45));
            rows.push(latencies(contender.name(), &joining.disperse()?));
            drop(seated);
        }
    }
    table::print(
        "Joining, 100 a second with 1,000 seated",
        "First byte of audio after asking for the connection.",
        LATENCY_HEAD,
        &rows,
    );
    Ok(())
}

const LATENCY_HEAD: &[&str] =
    &["server", "p50 ms", "p99 ms", "worst ms", "never served", "first frame whole"];

fn latencies(name: &str, listeners: &[Listener]) -> Vec<String> {
    let mut served: Vec<f64> = listeners
        .iter()
        .filter_map(|listener| listener.first_audio)
        .map(|first| first.as_secs_f64() * 1000.0)
        .collect();
    let whole = listeners.iter().filter(|listener| listener.whole).count();
    vec![
        name.to_owned(),
        format!("{:.1}", percentile(&mut served, 0.5)),
        format!("{:.1}", percentile(&mut served, 0.99)),
        format!("{:.1}", percentile(&mut served, 1.0)),
        format!("{}", listeners.len() - served.len()),
        format!("{whole}"),
    ]
}
