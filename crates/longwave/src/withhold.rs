//! Withholding a span from listeners, whether a station is running or not.

use std::path::Path;
use std::sync::Arc;

use airtime::Clock;
use station::Station;
use tape::{Policy, Tape, Withholding};

use crate::failure::Failure;
use crate::order::{self, Answer, Order};
use crate::running;

/// Has the running station withhold it or, if none is running, writes it down on the tape.
pub(crate) fn decide(
    data: &Path,
    folder: &Path,
    tape: &str,
    decision: Withholding,
    clock: Arc<dyn Clock>,
) -> Result<String, Failure> {
    if running::find(data).is_ok() {
        return order::give(data, &Order::Withhold { tape: tape.to_owned(), decision });
    }
    let said = told(tape, &decision);
    Tape::withhold_in(folder, decision, clock.now()).map_err(anyhow::Error::new)?;
    Ok(said)
}

/// Withholds it on a station that is running.
pub(crate) fn on_air(station: &Station, tape: &str, decision: Withholding) -> Answer {
    let lineup = station.lineup();
    let mount = lineup
        .mounts()
        .iter()
        .find(|mount| format!("{}/{}/{}", mount.station, mount.stream, mount.rendition) == tape)
        .ok_or_else(|| format!("The running station has no tape `{tape}`."))?;
    let opened =
        station.tape(&mount.path).ok_or_else(|| format!("The tape `{tape}` isn't open."))?;
    let said = told(tape, &decision);
    opened.withhold(decision).map_err(|error| error.to_string())?;
    Ok(said)
}

fn told(tape: &str, decision: &Withholding) -> String {
    let heard = match decision.policy {
        Policy::Public => "can be heard by everybody again",
        Policy::LiveOnly => "can't be listened to again",
        Policy::Withheld | Policy::Sealed => "is withheld",
    };
    format!("{tape} from {} to {} {heard}.", decision.span.from(), decision.span.to())
}
