//! Who is behind trusted proxies, by `X-Forwarded-For` or `Forwarded`.

use std::net::{IpAddr, SocketAddr};

use crate::{DoorSettings, Headers};

/// The address that speaks, past trusted proxies: from `nearest` backwards along the headers, the
/// first hop that is not trusted. Headers of others are not believed.
///
/// `X-Forwarded-For` goes before `Forwarded`: nearly every proxy sets the first, and passes on a
/// `Forwarded` of the client's own making.
pub(crate) fn client(headers: &Headers, nearest: IpAddr, settings: &DoorSettings) -> IpAddr {
    let lists: Vec<&str> = headers.all("x-forwarded-for").collect();
    let hops: Vec<Option<IpAddr>> = if lists.is_empty() {
        let lists = headers.all("forwarded").flat_map(|list| list.split(','));
        lists.map(forwarded_for).collect()
    } else {
        lists.iter().flat_map(|list| list.split(',')).map(address).collect()
    };
    let mut client = nearest;
    for hop in hops.into_iter().rev() {
        if !settings.trusts(client) {
            break;
        }
        // What can't be read ends the trail: it was written by nobody who is known.
        let Some(hop) = hop else { break };
        client = hop;
    }
    client
}

/// The `for` of one element of `Forwarded` (RFC 7239, 4).
fn forwarded_for(element: &str) -> Option<IpAddr> {
    element.split(';').find_map(|pair| {
        let (key, value) = pair.split_once('=')?;
        key.trim().eq_ignore_ascii_case("for").then(|| address(value.trim().trim_matches('"')))?
    })
}

/// An address with or without a port, with or without brackets.
fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    let address = bare
        .parse::<IpAddr>()
        .or_else(|_| text.parse::<SocketAddr>().map(|address| address.ip()))
        .ok()?;
    Some(address.to_canonical())
}
