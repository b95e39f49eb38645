use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::prelude::{prop_assert, prop_assert_eq, proptest};

use super::*;
use crate::evals::samples;

fn line(index: usize, repeat: usize) -> Vec<u8> {
    serde_json::to_vec(&samples::case(index, repeat)).expect("JSON")
}

fn packed() -> Packed {
    Packed::of(&samples::run(), vec![line(1, 0), line(0, 0), line(0, 1)]).expect("a pack")
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut writer = GzEncoder::new(Vec::new(), Compression::fast());
    writer.write_all(bytes).expect("memory");
    writer.finish().expect("memory")
}

#[test]
fn a_pack_gives_back_the_run_and_its_cases_in_the_order_of_the_suite() {
    let packed = packed();
    let compressed = packed.compressed().expect("small");
    let pack = Pack::open(&compressed, packed.digest).expect("a pack");
    assert_eq!(pack.run, samples::run());
    assert_eq!(pack.run.digest(), samples::run().digest());
    let cases: Vec<CaseRecord> = pack.cases().collect::<Result<_, _>>().expect("cases");
    assert_eq!(cases, [samples::case(0, 0), samples::case(0, 1), samples::case(1, 0)]);
}

#[test]
fn the_order_in_which_cases_finished_changes_neither_digest_nor_bytes() {
    let other = Packed::of(&samples::run(), vec![line(0, 1), line(1, 0), line(0, 0)]);
    let other = other.expect("a pack");
    assert_eq!(other, packed());
    assert_eq!(other.compressed().expect("small"), packed().compressed().expect("small"));
}

#[test]
fn the_file_has_no_time_no_name_and_no_system() {
    let bytes = packed().compressed().expect("small");
    // RFC 1952: magic, deflate, no flags, time 0, extra flags, unknown system.
    assert_eq!(bytes.get(..8), Some(&[0x1f, 0x8b, 8, 0, 0, 0, 0, 0][..]));
    assert_eq!(bytes.get(9), Some(&255));
}

#[test]
fn the_lines_of_cases_stand_as_they_were_recorded() {
    // A key that this version does not know, and a number that canonical JSON writes otherwise.
    let mut text = String::from_utf8(line(0, 0)).expect("UTF-8");
    text = text.replacen('{', "{\"later\":1e2,", 1);
    let packed = Packed::of(&samples::run(), vec![text.clone().into_bytes()]).expect("a pack");
    let all = String::from_utf8(packed.bytes().to_vec()).expect("UTF-8");
    assert_eq!(all.lines().nth(1), Some(text.as_str()));
    assert_eq!(all.lines().next().map(|header| header.starts_with("{\"created\"")), Some(true));
    assert!(all.ends_with('\n'));
}

#[test]
fn what_is_no_run_makes_no_pack() {
    let cases: [(Vec<Vec<u8>>, &str); 3] = [
        (Vec::new(), "no cases"),
        (vec![line(0, 0), b"{}".to_vec()], "line 2 is no record"),
        (vec![line(0, 0), line(0, 0)], "`C-000` does not follow"),
    ];
    for (lines, expected) in cases {
        let fault = Packed::of(&samples::run(), lines).expect_err(expected);
        assert!(fault.to_string().contains(expected), "{fault}");
    }
}

#[test]
fn bytes_that_are_not_the_pack_are_refused_by_name() {
    let packed = packed();
    let good = packed.compressed().expect("small");
    let cut = good.get(..good.len() - 9).expect("long").to_vec();
    let mut flipped = good.clone();
    *flipped.get_mut(20).expect("long") ^= 1;
    let behind = [good.as_slice(), b"x"].concat();
    let twice = [good.as_slice(), good.as_slice()].concat();
    let mut forged = packed.bytes().to_vec();
    let at = forged.iter().position(|byte| *byte == b'y').expect("an answer");
    *forged.get_mut(at).expect("there") = b'z';
    let cases: [(&str, Vec<u8>, &str); 7] = [
        ("nothing", Vec::new(), "no gzip file"),
        ("text", packed.bytes().to_vec(), "no gzip file"),
        ("cut", cut, "no gzip file"),
        ("flipped", flipped, "no gzip file"),
        ("behind", behind, "1 bytes stand behind"),
        ("twice", twice, "stand behind its end"),
        ("forged", gzip(&forged), "content has the digest"),
    ];
    for (what, bytes, expected) in cases {
        let fault = Pack::open(&bytes, packed.digest).expect_err(what);
        assert!(fault.to_string().contains(expected), "{what}: {fault}");
    }
    assert!(Pack::open(&gzip(packed.bytes()), packed.digest).is_ok(), "another compressor");
}

#[test]
fn content_that_is_named_rightly_is_still_judged() {
    let header = packed().bytes().split(|byte| *byte == b'\n').next().expect("a line").to_vec();
    let text = |lines: &[&[u8]]| lines.iter().flat_map(|l| [*l, b"\n"].concat()).collect();
    let (zero, one) = (line(0, 0), line(1, 0));
    let other = String::from_utf8(header.clone()).expect("UTF-8").replace("run.v1", "run.v9");
    let table: [(&str, Vec<u8>, &str); 6] = [
        ("no line", Vec::new(), "no cases"),
        ("no header", text(&[&zero]), "line 1 is no record"),
        ("another form", text(&[other.as_bytes(), &zero]), "`keelmark.run.v9`"),
        ("out of order", text(&[&header, &one, &zero]), "line 3: the case `C-000`"),
        ("no case", text(&[&header, b"[]"]), "line 2 is no record"),
        ("no end", [text(&[&header]), zero.clone()].concat(), "line 2 is no record: it has no end"),
    ];
    for (what, bytes, expected) in table {
        let compressed = gzip(&bytes);
        let read = Pack::open(&compressed, Digest::of(&bytes))
            .and_then(|pack| pack.cases().collect::<Result<Vec<_>, _>>());
        let fault = read.expect_err(what).to_string();
        assert!(fault.contains(expected), "{what}: {fault}");
    }
}

proptest! {
    #[test]
    fn a_changed_byte_is_noticed_or_changes_nothing(at in 0_usize..4_096, other in 1_u8..) {
        let packed = packed();
        let mut bytes = packed.compressed().expect("small");
        let at = at % bytes.len();
        bytes[at] ^= other;
        if let Ok(pack) = Pack::open(&bytes, packed.digest) {
            prop_assert_eq!(&pack.run, &samples::run());
            prop_assert_eq!(pack.cases().flatten().count(), 3);
        }
    }

    #[test]
    fn no_bytes_make_a_reader_stumble(bytes: Vec<u8>) {
        prop_assert!(Pack::open(&bytes, Digest::of(b"")).is_err());
        let compressed = gzip(&bytes);
        if let Ok(pack) = Pack::open(&compressed, Digest::of(&bytes)) {
            prop_assert!(pack.cases().count() <= bytes.len());
        }
    }
}

#[test]
fn a_pack_that_unfolds_beyond_the_limit_is_refused() {
    let bytes = vec![b' '; 1 << 20];
    let compressed = gzip(&bytes);
    assert!(compressed.len() < 1 << 14, "it is a small file");
    let fault = Pack::within(&compressed, Digest::of(&bytes), (1 << 20) - 1).expect_err("large");
    assert!(fault.to_string().contains("more than 1048575 bytes"), "{fault}");
}

#[test]
fn a_pack_is_found_by_its_digest() {
    let digest = Digest::of(b"");
    assert_eq!(path(digest).to_string(), format!("packs/{digest}.jsonl.gz"));
}
