//! Whatever is read as a licence prints as one that reads back as itself, and asks what it asks.

#![no_main]

use keelmark::license::{License, Terms};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(license) = License::read(text) {
        let shown = license.to_string();
        // Choices that are spelled out may need more room than there is.
        if let Ok(again) = License::read(&shown) {
            assert_eq!(again, license);
        }
        assert_eq!(license.terms_after(&license), Terms::Same);
    }
});
