//! The tensors of a safetensors file without their container: what stays the same when the file is
//! written again with other metadata, padding or order.
//!
//! The digest is taken over canonical JSON (RFC 8785): the tensors sorted by name, each as its name,
//! its type, its shape and the SHA-256 of its bytes. The file is read once, as a stream.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fmt;
use std::io::{self, Write};

use serde::de::{DeserializeSeed as _, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::json;

use crate::digest::{Digest, Hasher, canonical_json};

/// The most bytes that a header may have: room for a hundred thousand tensors.
const MAX_HEADER: u64 = 16 << 20;

/// The most tensors that a header may name.
const MAX_TENSORS: usize = 100_000;

/// The most dimensions that a tensor may have.
const MAX_DIMENSIONS: usize = 64;
/// The most characters of a name, or of a fault about it, that a message shows.
const NAME_SHOWN: usize = 200;

/// The bytes in front of the header that say how long it is.
const LENGTH: usize = 8;

/// What the header says of one tensor.
#[derive(Deserialize)]
struct Tensor {
    dtype: String,
    #[serde(deserialize_with = "dimensions")]
    shape: Vec<u64>,
    data_offsets: [u64; 2],
}

/// Takes the bytes of a safetensors file, in order, and digests its tensors.
#[derive(Default)]
pub struct Tensors {
    /// The header, with its length in front, as far as it has come; empty once it was read.
    head: Vec<u8>,
    /// The tensors in the order of their bytes, once the header was read.
    layout: Option<Vec<(String, Tensor)>>,
    /// The digests of those whose bytes have come.
    done: Vec<Digest>,
    /// The digest of the tensor that is being read.
    hasher: Hasher,
    /// Why this is no safetensors file.
    fault: Option<String>,
}

impl Tensors {
    /// Ends the digest.
    ///
    /// # Errors
    /// Why the bytes are no safetensors file.
    pub fn finish(mut self) -> Result<Digest, String> {
        self.close();
        if let Some(fault) = self.fault {
            return Err(fault);
        }
        let Some(layout) = self.layout else { return Err("it ends inside its header".to_owned()) };
        if self.done.len() != layout.len() || self.hasher.length() > 0 {
            return Err("it ends inside a tensor".to_owned());
        }
        let mut rows: Vec<(&(String, Tensor), &Digest)> = layout.iter().zip(&self.done).collect();
        rows.sort_by_key(|((name, _), _)| name);
        // The digest of the JSON array of all rows, of which no two are in memory at once.
        let mut hasher = Hasher::default();
        let mut put = |text: &str| hasher.write_all(text.as_bytes()).map_err(|f| f.to_string());
        put("[")?;
        for (at, ((name, tensor), digest)) in rows.into_iter().enumerate() {
            put(if at == 0 { "" } else { "," })?;
            let row = json!([name, tensor.dtype, tensor.shape, digest.to_string()]);
            put(&canonical_json(&row))?;
        }
        put("]")?;
        Ok(hasher.finish())
    }

    /// Takes bytes of the header, and returns those behind it.
    fn header<'b>(&mut self, bytes: &'b [u8]) -> &'b [u8] {
        let missing = LENGTH.saturating_sub(self.head.len()).min(bytes.len());
        let (front, bytes) = bytes.split_at(missing);
        self.head.extend_from_slice(front);
        let Some(length) = self.head.first_chunk::<LENGTH>().copied().map(u64::from_le_bytes)
        else {
            return bytes;
        };
        if length > MAX_HEADER {
            self.fault = Some(format!("its header says that it has {length} bytes"));
            return &[];
        }
        let wanted = usize::try_from(length).unwrap_or(usize::MAX).saturating_add(LENGTH);
        let missing = wanted.saturating_sub(self.head.len()).min(bytes.len());
        let (front, bytes) = bytes.split_at(missing);
        self.head.extend_from_slice(front);
        if self.head.len() == wanted {
            match layout(self.head.get(LENGTH..).unwrap_or_default()) {
                Ok(layout) => self.layout = Some(layout),
                Err(fault) => self.fault = Some(fault),
            }
            self.head = Vec::new();
        }
        bytes
    }

    /// Ends each tensor whose bytes have all come; some have none.
    fn close(&mut self) {
        while let Some((_, tensor)) =
            self.layout.as_ref().and_then(|layout| layout.get(self.done.len()))
        {
            let [start, end] = tensor.data_offsets;
            if self.hasher.length() < end - start {
                return;
            }
            let digest = std::mem::take(&mut self.hasher).finish();
            self.done.push(digest);
        }
    }

    /// Takes bytes of tensors.
    fn data(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        self.close();
        while !bytes.is_empty() && self.fault.is_none() {
            let next = self.layout.as_ref().and_then(|layout| layout.get(self.done.len()));
            let Some((_, tensor)) = next else {
                self.fault = Some("it has bytes behind its last tensor".to_owned());
                return Ok(());
            };
            let [start, end] = tensor.data_offsets;
            let missing = (end - start).saturating_sub(self.hasher.length());
            let part = usize::try_from(missing).unwrap_or(usize::MAX).min(bytes.len());
            let (front, rest) = bytes.split_at(part);
            self.hasher.write_all(front)?;
            bytes = rest;
            self.close();
        }
        Ok(())
    }
}

impl Write for Tensors {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut rest = bytes;
        if self.layout.is_none() && self.fault.is_none() {
            rest = self.header(rest);
        }
        if self.layout.is_some() {
            self.data(rest)?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Reads the header: the tensors in the order of their bytes, which have to follow each other
/// without a gap.
fn layout(header: &[u8]) -> Result<Vec<(String, Tensor)>, String> {
    let mut fault = None;
    let mut reader = serde_json::Deserializer::from_slice(header);
    let read = Header { fault: &mut fault }
        .deserialize(&mut reader)
        .and_then(|tensors| reader.end().map(|()| tensors));
    let mut tensors: Vec<(String, Tensor)> = match (read, fault) {
        (Ok(tensors), _) => tensors.into_iter().collect(),
        (Err(_), Some(fault)) => return Err(fault),
        (Err(fault), None) => {
            return Err(format!("its header is no JSON: {}", cut(&fault.to_string())));
        }
    };
    tensors.sort_by_key(|(_, tensor)| tensor.data_offsets);
    let mut at = 0;
    for (name, tensor) in &tensors {
        let [start, end] = tensor.data_offsets;
        if start != at || end < start {
            let shown = shown(name);
            return Err(format!("`{shown}` does not begin where the tensor before it ends"));
        }
        at = end;
    }
    Ok(tensors)
}

/// Reads the tensors of a header one by one and keeps nothing else of it: a file may come from
/// anybody, and a tree of its values would be many times as large as the header.
struct Header<'a> {
    /// What is wrong with a tensor, where that is why reading ended.
    fault: &'a mut Option<String>,
}

impl<'de> serde::de::DeserializeSeed<'de> for Header<'_> {
    type Value = BTreeMap<String, Tensor>;

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<Self::Value, D::Error> {
        reader.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Header<'_> {
    type Value = BTreeMap<String, Tensor>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map of tensors")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut tensors = BTreeMap::new();
        while let Some(name) = map.next_key::<String>()? {
            if name == "__metadata__" {
                map.next_value::<IgnoredAny>()?;
                continue;
            }
            if tensors.len() == MAX_TENSORS {
                *self.fault = Some(format!("its header names more than {MAX_TENSORS} tensors"));
                return Err(A::Error::custom(""));
            }
            let read = map.next_value::<Tensor>().inspect_err(|fault| {
                let shown = shown(&name);
                let why = cut(&fault.to_string());
                *self.fault = Some(format!("its header is wrong about `{shown}`: {why}"));
            });
            match tensors.entry(name) {
                Entry::Vacant(vacant) => drop(vacant.insert(read?)),
                Entry::Occupied(other) => {
                    let shown = shown(other.key());
                    *self.fault = Some(format!("its header names `{shown}` twice"));
                    return Err(A::Error::custom(""));
                }
            }
        }
        Ok(tensors)
    }
}

/// Returns the beginning of a name for a message.
fn shown(name: &str) -> String {
    cut(name).escape_debug().to_string()
}

fn cut(text: &str) -> String {
    let mut cut = text.chars().take(NAME_SHOWN).collect::<String>();
    if cut.len() < text.len() {
        cut.push('…');
    }
    cut
}

/// Reads a shape, and stops where it has more dimensions than any tensor.
fn dimensions<'de, D: Deserializer<'de>>(reader: D) -> Result<Vec<u64>, D::Error> {
    struct Dimensions;

    impl<'de> Visitor<'de> for Dimensions {
        type Value = Vec<u64>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "a shape of at most {MAX_DIMENSIONS} dimensions")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Vec<u64>, A::Error> {
            let mut shape = Vec::new();
            while let Some(size) = list.next_element()? {
                if shape.len() == MAX_DIMENSIONS {
                    return Err(A::Error::invalid_length(MAX_DIMENSIONS + 1, &self));
                }
                shape.push(size);
            }
            Ok(shape)
        }
    }
    reader.deserialize_seq(Dimensions)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Writes a file: tensors in the order of their bytes, then further keys of the header.
    fn file(tensors: &[(&str, &str, &[u8])], more: &str) -> Vec<u8> {
        let (mut header, mut data, mut at) = (String::from("{"), Vec::new(), 0);
        for (name, shape, bytes) in tensors {
            let end = at + bytes.len();
            let comma = if at == 0 && header == "{" { "" } else { "," };
            header += &format!(
                "{comma}\"{name}\":{{\"dtype\":\"U8\",\"shape\":{shape},\"data_offsets\":[{at},{end}]}}"
            );
            data.extend_from_slice(bytes);
            at = end;
        }
        header += more;
        header.push('}');
        let mut file = (header.len() as u64).to_le_bytes().to_vec();
        file.extend_from_slice(header.as_bytes());
        file.extend_from_slice(&data);
        file
    }

    fn read(bytes: &[u8], step: usize) -> Result<Digest, String> {
        let mut tensors = Tensors::default();
        for part in bytes.chunks(step) {
            tensors.write_all(part).expect("memory");
        }
        tensors.finish()
    }

    #[test]
    fn tensors_are_the_same_in_whatever_order_and_with_whatever_metadata() {
        let one = file(&[("a", "[2]", b"xy"), ("none", "[0]", b""), ("b", "[1,1]", b"z")], "");
        let metadata = ",\"__metadata__\":{\"format\":\"pt\"}   ";
        let other =
            file(&[("b", "[1,1]", b"z"), ("a", "[2]", b"xy"), ("none", "[0]", b"")], metadata);
        let digest = read(&one, 1).expect("tensors");
        for step in [1, 2, 7, 9, 1024] {
            assert_eq!(read(&one, step), Ok(digest));
            assert_eq!(read(&other, step), Ok(digest));
        }
        // Computed with Python's hashlib over the JSON that the documentation says.
        let expected = "84e8170f17253b43634b9c48bf3c89ec49d78707e1caf7236513f2ae2a96c516";
        assert_eq!(digest.to_string(), expected);
        for changed in [
            file(&[("a", "[2]", b"xz"), ("none", "[0]", b""), ("b", "[1,1]", b"z")], ""),
            file(&[("a", "[1,2]", b"xy"), ("none", "[0]", b""), ("b", "[1,1]", b"z")], ""),
            file(&[("c", "[2]", b"xy"), ("none", "[0]", b""), ("b", "[1,1]", b"z")], ""),
        ] {
            assert_ne!(read(&changed, 5).expect("tensors"), digest);
        }
        assert_eq!(read(&file(&[], ""), 3), Ok(Digest::of_json(&json!([]))));
    }

    #[test]
    fn what_is_no_safetensors_file_is_said_to_be_none() {
        let good = file(&[("a", "[2]", b"xy")], "");
        let header = |text: &str| {
            let mut file = (text.len() as u64).to_le_bytes().to_vec();
            file.extend_from_slice(text.as_bytes());
            file
        };
        let gap = "{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[1,2]}}";
        let back = "{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,18446744073709551615]},\"b\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]}}";
        let twice = "{\"a\":{\"dtype\":\"U8\",\"shape\":[],\"data_offsets\":[0,0]},\"a\":{\"dtype\":\"U8\",\"shape\":[],\"data_offsets\":[0,0]}}";
        let cases: [(Vec<u8>, &str); 12] = [
            (Vec::new(), "ends inside its header"),
            (good.get(..20).expect("bytes").to_vec(), "ends inside its header"),
            (good.get(..good.len() - 1).expect("bytes").to_vec(), "ends inside a tensor"),
            ([good.clone(), b"z".to_vec()].concat(), "behind its last tensor"),
            (u64::MAX.to_le_bytes().to_vec(), "18446744073709551615 bytes"),
            (header("not JSON"), "no JSON"),
            (header("{\"a\": 1}"), "wrong about `a`"),
            (header("[]"), "no JSON"),
            (header("{} {}"), "no JSON"),
            (header(twice), "names `a` twice"),
            (header(gap), "does not begin where"),
            (header(back), "does not begin where"),
        ];
        for (bytes, expected) in cases {
            for step in [1, 1024] {
                let fault = read(&bytes, step).expect_err(expected);
                assert!(fault.contains(expected), "{fault}");
            }
        }
    }

    /// A header of as many bytes as may be, in which a part is said over and over.
    fn full(front: &str, part: &str, back: &str) -> Vec<u8> {
        let room = usize::try_from(MAX_HEADER).expect("64 bits") - front.len() - back.len();
        let many = part.repeat(room / part.len());
        let header = format!("{front}{many}{}{back}", " ".repeat(room - many.len()));
        let mut file = (header.len() as u64).to_le_bytes().to_vec();
        file.extend_from_slice(header.as_bytes());
        file
    }

    #[test]
    fn a_header_that_wants_memory_is_read_in_bounds_or_refused() {
        let open = "{\"a\":{\"dtype\":\"U8\",\"data_offsets\":[0,0],\"shape\":";
        // What is not kept may be anything.
        let empty = Ok(Digest::of_json(&json!([])));
        let many = full("{\"__metadata__\":{\"a\":\"b\"", ",\"a\":\"b\"", "}}");
        assert_eq!(read(&many, 1 << 16), empty);
        let lists = full("{\"__metadata__\":[1", ",[]", "]}");
        assert_eq!(read(&lists, 1 << 16), empty);
        for (bytes, expected) in [
            (full("{\"__metadata__\":", "[", "}"), "no JSON"),
            (full(&format!("{open}[0"), ",0", "]}}"), "at most 64 dimensions"),
            (full(&format!("{open}["), "[", "]}}"), "wrong about `a`"),
            (full("{\"a\":", "{\"a\":", "}"), "wrong about `a`"),
        ] {
            let fault = read(&bytes, 1 << 16).expect_err(expected);
            assert!(fault.contains(expected), "{fault}");
        }
        let tensor = |at: usize| {
            format!("\"{at}\":{{\"dtype\":\"U8\",\"shape\":[],\"data_offsets\":[0,0]}}")
        };
        let of = |count: usize| {
            let header = format!("{{{}}}", (0..count).map(tensor).collect::<Vec<_>>().join(","));
            let mut file = (header.len() as u64).to_le_bytes().to_vec();
            file.extend_from_slice(header.as_bytes());
            file
        };
        assert!(read(&of(MAX_TENSORS), 1 << 16).is_ok());
        let fault = read(&of(MAX_TENSORS + 1), 1 << 16).expect_err("too many");
        assert!(fault.contains("more than 100000 tensors"), "{fault}");
    }
}
