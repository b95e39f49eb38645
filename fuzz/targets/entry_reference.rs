//! Whatever is read as a reference prints as one that reads back as itself, and its range answers
//! for every version.

#![no_main]

use keelmark::ident::{EntryRef, Wanted};
use keelmark::version::Version;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (&str, [u64; 3])| {
    let (text, [major, minor, patch]) = input;
    let Ok(read) = text.parse::<EntryRef>() else { return };
    let again = read.to_string().parse::<EntryRef>();
    assert_eq!(again.as_ref(), Ok(&read));
    let release = Version::release(major, minor, patch);
    let admitted = read.wanted.admits(&release);
    match &read.wanted {
        Wanted::Any => assert!(admitted),
        Wanted::Exact(version) => assert_eq!(admitted, *version == release),
        // Ranges without a pre-release of their own admit none.
        Wanted::Range(range) if !text.contains('-') => {
            let candidate = format!("{release}-rc.1").parse::<Version>().expect("a version");
            assert!(!candidate.matches(range));
        }
        Wanted::Range(_) => {}
    }
});
