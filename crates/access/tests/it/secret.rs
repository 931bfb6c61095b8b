use std::collections::HashSet;

use access::{HashError, PasswordHash, Secret};
use proptest::prelude::*;

#[test]
fn a_hash_verifies_its_own_password_only() {
    let secret = Secret::new("häckme ünd more");
    let hash = PasswordHash::hash(&secret).unwrap();
    assert!(hash.as_str().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
    assert!(hash.verify(&secret));
    assert!(!hash.verify(&Secret::new("häckme ünd mor")));
    assert!(!hash.verify(&Secret::new("")));

    let read = PasswordHash::parse(hash.as_str()).unwrap();
    assert_eq!(read, hash);
    assert!(read.verify(&secret));
    assert_ne!(PasswordHash::hash(&secret).unwrap(), hash, "each hash has a salt of its own");
}

#[test]
fn hashes_of_the_reference_program_are_understood() {
    // echo -n password | argon2 somesalt -t 2 -m 16 -p 4 -l 24 (from the reference's README).
    let hash = "$argon2i$v=19$m=65536,t=2,p=4$c29tZXNhbHQ$RdescudvJCsgt3ub+b+dWRWJTmaaJObG";
    let hash = PasswordHash::parse(hash).unwrap();
    assert!(hash.verify(&Secret::new("password")));
    assert!(!hash.verify(&Secret::new("Password")));
}

#[test]
fn what_is_no_usable_hash_is_refused_when_it_is_read() {
    for text in [
        "",
        "hackme",
        "$argon2id$",
        "$argon2id$v=19$m=19456,t=2,p=1",
        "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHQ",
        "$argon2id$v=7$m=65536,t=2,p=4$c29tZXNhbHQ$RdescudvJCsgt3ub+b+dWRWJTmaaJObG",
        "$argon2id$v=19$m=4294967295,t=2,p=1$c29tZXNhbHQ$RdescudvJCsgt3ub+b+dWRWJTmaaJObG",
        "$argon2id$v=19$m=65536,t=4000000000,p=1$c29tZXNhbHQ$RdescudvJCsgt3ub+b+dWRWJTmaaJObG",
        "$argon2id$v=19$m=1,t=2,p=1$c29tZXNhbHQ$RdescudvJCsgt3ub+b+dWRWJTmaaJObG",
        "$2b$12$EXRkfkdmXn2gzds2SSitu.MW9.gAVqa9eLS1//RYtYCmB1eLHg.9q",
        "$argon2id$v=19$m=65536,t=2,p=4$c29tZXNhbHQ$RdescudvJCsgt3ub+b+dWRWJTmaaJObG\n",
    ] {
        let refused = PasswordHash::parse(text);
        assert!(matches!(refused, Err(HashError::Malformed(_))), "{text}: {refused:?}");
    }
}

#[test]
fn nothing_secret_is_printed() {
    let secret = Secret::new("hackme");
    let hash = PasswordHash::hash(&secret).unwrap();
    let digest = hash.as_str().rsplit('$').next().unwrap();
    let grant = access::Grant { user: "source".to_owned(), password: hash.clone(), scopes: vec![] };
    let shown = format!("{secret:?} {hash:?} {grant:?}");
    assert!(!shown.contains("hackme"), "{shown}");
    assert!(!shown.contains(digest), "{shown}");
    assert!(shown.contains("argon2id"), "{shown}");
}

#[test]
fn generated_passwords_are_readable_and_never_the_same() {
    let all: HashSet<String> =
        (0..500).map(|_| Secret::generate().unwrap().expose().to_owned()).collect();
    assert_eq!(all.len(), 500);
    for secret in &all {
        let groups: Vec<&str> = secret.split('-').collect();
        assert!(groups.len() == 4 && groups.iter().all(|group| group.len() == 5), "{secret}");
        assert!(!secret.contains(['i', 'l', 'o', 'u']), "{secret}");
        assert!(secret.chars().all(|c| c.is_ascii_alphanumeric() || c == '-'), "{secret}");
    }
}

proptest! {
    #[test]
    fn secrets_are_equal_exactly_when_their_texts_are(a in "[ab]{0,4}", b in "[ab]{0,4}") {
        prop_assert_eq!(Secret::new(a.clone()) == Secret::new(b.clone()), a == b);
    }

    #[test]
    fn no_text_is_too_odd_to_be_read(text in "\\PC{0,80}", tail in "[$=,a-zA-Z0-9+/]{0,80}") {
        let _ = PasswordHash::parse(&text);
        let _ = PasswordHash::parse(&format!("$argon2id${tail}"));
    }
}
