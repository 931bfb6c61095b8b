//! The PROXY protocol, versions 1 and 2 (haproxy's `doc/proxy-protocol.txt`): sans-I/O.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// How a connection from a trusted proxy opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Opens {
    /// With a PROXY header of so many bytes, which names the client, or (a health check of the
    /// proxy's own) does not.
    Header {
        /// Bytes of the header.
        length: usize,
        /// Whom the proxy speaks for.
        client: Option<IpAddr>,
    },
    /// Too few bytes to tell.
    Partial,
    /// With something else.
    Otherwise,
}

/// Looks for a PROXY header at the start of `bytes`.
///
/// # Errors
/// What is wrong with a header that starts as one.
pub(crate) fn parse(bytes: &[u8]) -> Result<Opens, &'static str> {
    if starts(bytes, V1) {
        return parse_line(bytes);
    }
    if starts(bytes, V2) {
        return parse_binary(bytes);
    }
    Ok(Opens::Otherwise)
}

/// Are `bytes` and `start` the same as far as both go?
fn starts(bytes: &[u8], start: &[u8]) -> bool {
    let n = bytes.len().min(start.len());
    bytes[..n] == start[..n]
}

fn parse_line(bytes: &[u8]) -> Result<Opens, &'static str> {
    let within = &bytes[..bytes.len().min(V1_MOST)];
    let Some(end) = within.iter().position(|&b| b == b'\n') else {
        let long = bytes.len() >= V1_MOST;
        return if long { Err("the PROXY line has no end") } else { Ok(Opens::Partial) };
    };
    let line = within[..end].strip_suffix(b"\r").ok_or("the PROXY line does not end with CRLF")?;
    let line = std::str::from_utf8(line).map_err(|_| "the PROXY line is no text")?;
    let mut words = line.split(' ').skip(1);
    let client = match words.next() {
        Some("UNKNOWN") => None,
        Some(family @ ("TCP4" | "TCP6")) => {
            let address = words.next().and_then(|word| word.parse::<IpAddr>().ok());
            let address = address.ok_or("the PROXY line's client is no address")?;
            if (family == "TCP4") != address.is_ipv4() || words.count() != 3 {
                return Err("the PROXY line contradicts itself");
            }
            Some(address)
        }
        _ => return Err("the PROXY line's protocol is unknown"),
    };
    Ok(Opens::Header { length: end + 1, client })
}

fn parse_binary(bytes: &[u8]) -> Result<Opens, &'static str> {
    let Some((&[version, family, high, low], rest)) =
        bytes.get(V2.len()..).and_then(<[u8]>::split_first_chunk)
    else {
        return Ok(Opens::Partial);
    };
    let addresses = usize::from(u16::from_be_bytes([high, low]));
    if addresses > V2_MOST {
        return Err("the PROXY header is too long");
    }
    let length = V2.len() + 4 + addresses;
    let speaks_for_client = match version {
        0x20 => false,
        0x21 => true,
        _ => return Err("the PROXY header's version or command is unknown"),
    };
    let Some(addresses) = rest.get(..addresses) else {
        return Ok(Opens::Partial);
    };
    let client = match family {
        _ if !speaks_for_client => None,
        0x11 => {
            let (client, _) =
                addresses.split_first_chunk::<4>().ok_or("the PROXY header is too short")?;
            Some(IpAddr::V4(Ipv4Addr::from(*client)))
        }
        0x21 => {
            let (client, _) =
                addresses.split_first_chunk::<16>().ok_or("the PROXY header is too short")?;
            Some(IpAddr::V6(Ipv6Addr::from(*client)))
        }
        _ => None,
    };
    Ok(Opens::Header { length, client })
}

const V1: &[u8] = b"PROXY ";

/// The longest line that version 1 allows, with its end.
const V1_MOST: usize = 107;

const V2: &[u8] = b"\r\n\r\n\0\r\nQUIT\n";

/// Addresses and additions in version 2 that are waited for.
const V2_MOST: usize = 2048;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn binary(command: u8, family: u8, payload: &[u8]) -> Vec<u8> {
        let mut header = V2.to_vec();
        header.extend([command, family]);
        header.extend((payload.len() as u16).to_be_bytes());
        header.extend(payload);
        header
    }

    fn named(bytes: &[u8]) -> Option<Option<String>> {
        match parse(bytes) {
            Ok(Opens::Header { length, client }) => {
                assert_eq!(length, bytes.len());
                Some(client.map(|client| client.to_string()))
            }
            _ => None,
        }
    }

    #[test]
    fn both_versions_name_the_client() {
        let v4 = Some(Some("192.0.2.9".to_owned()));
        let v6 = Some(Some("2001:db8::9".to_owned()));
        assert_eq!(named(b"PROXY TCP4 192.0.2.9 192.0.2.1 50000 8000\r\n"), v4);
        assert_eq!(named(b"PROXY TCP6 2001:db8::9 2001:db8::1 50000 8000\r\n"), v6);
        assert_eq!(named(b"PROXY UNKNOWN\r\n"), Some(None));
        assert_eq!(named(b"PROXY UNKNOWN ffff::1 ffff::2 1 2\r\n"), Some(None));

        let ports = [0, 80, 0, 80];
        let payload = [&[192, 0, 2, 9, 192, 0, 2, 1][..], &ports].concat();
        assert_eq!(named(&binary(0x21, 0x11, &payload)), v4);
        assert_eq!(named(&binary(0x20, 0x11, &payload)), Some(None));
        assert_eq!(named(&binary(0x20, 0x00, &[])), Some(None));
        let with_extras = [&payload[..], &[0x04, 0, 2, 7, 7]].concat();
        assert_eq!(named(&binary(0x21, 0x11, &with_extras)), v4);
        let client: Ipv6Addr = "2001:db8::9".parse().unwrap();
        let payload = [&client.octets()[..], &client.octets(), &ports].concat();
        assert_eq!(named(&binary(0x21, 0x21, &payload)), v6);
    }

    #[test]
    fn headers_that_contradict_themselves_are_refused() {
        for line in [
            "PROXY \r\n",
            "PROXY TCP4 2001:db8::9 2001:db8::1 1 2\r\n",
            "PROXY TCP4 192.0.2.9\r\n",
            "PROXY TCP4 192.0.2.9 192.0.2.1 1 2\n",
            "PROXY TCP4 localhost 192.0.2.1 1 2\r\n",
            "PROXY UDP4 192.0.2.9 192.0.2.1 1 2\r\n",
        ] {
            assert!(parse(line.as_bytes()).is_err(), "{line}");
        }
        assert!(parse(format!("PROXY {}", "x".repeat(200)).as_bytes()).is_err());
        assert!(parse(&binary(0x31, 0x11, &[0; 12])).is_err());
        assert!(parse(&binary(0x21, 0x11, &[0; 3])).is_err());
        assert!(parse(&[V2, &[0x21, 0x11, 0xff, 0xff]].concat()).is_err());
    }

    #[test]
    fn requests_are_no_headers() {
        for opening in [&b"PUT /a"[..], b"PROPFIND", b"GET", b"\x16\x03", b"\r\nGET", b"hackme\n"] {
            assert_eq!(parse(opening), Ok(Opens::Otherwise));
        }
    }

    proptest! {
        #[test]
        fn a_part_is_never_refused_and_never_enough(cut in 0usize..60, which in 0usize..3) {
            let whole = match which {
                0 => b"PROXY TCP4 192.0.2.9 192.0.2.1 50000 8000\r\n".to_vec(),
                1 => binary(0x21, 0x21, &[7; 36]),
                _ => binary(0x20, 0x00, &[]),
            };
            let cut = cut % whole.len();
            prop_assert_eq!(parse(&whole[..cut]), Ok(Opens::Partial));
        }

        #[test]
        fn any_bytes_are_answered(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
            let _ = parse(&bytes);
            let _ = parse(&[V1, &bytes].concat());
            let _ = parse(&[V2, &bytes].concat());
        }
    }
}
