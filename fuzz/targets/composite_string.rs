//! Whatever is read as a composite string prints as one that reads back as itself.

#![no_main]

use keelmark::ident::composite::CompositeText;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(read) = text.parse::<CompositeText>() {
        let again = read.to_string().parse::<CompositeText>();
        assert_eq!(again.as_ref(), Ok(&read));
    }
});
