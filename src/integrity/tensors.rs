//! The tensors of a safetensors file without their container: what stays the same when the file is
//! written again with other metadata, padding or order.
//!
//! The digest is taken over canonical JSON (RFC 8785): the tensors sorted by name, each as its name,
//! its type, its shape and the SHA-256 of its bytes. The file is read once, as a stream.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::Deserialize;
use serde_json::{Value, json};

use crate::digest::{Digest, Hasher};

/// The most bytes that a header may have: room for a hundred thousand tensors.
const MAX_HEADER: u64 = 16 << 20;

/// The bytes in front of the header that say how long it is.
const LENGTH: usize = 8;

/// What the header says of one tensor.
#[derive(Deserialize)]
struct Tensor {
    dtype: String,
    shape: Vec<u64>,
    data_offsets: [u64; 2],
}

/// Takes the bytes of a safetensors file, in order, and digests its tensors.
#[derive(Default)]
pub struct Tensors {
    /// The header, with its length in front, as far as it has come.
    head: Vec<u8>,
    /// The tensors in the order of their bytes, once the header was read.
    layout: Option<Vec<(String, Tensor)>>,
    /// How many of them are digested.
    done: BTreeMap<String, Digest>,
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
        let by_name: BTreeMap<String, Tensor> = layout.into_iter().collect();
        let rows = by_name.iter().map(|(name, tensor)| {
            json!([name, tensor.dtype, tensor.shape, self.done.get(name).map(Digest::to_string)])
        });
        Ok(Digest::of_json(&Value::Array(rows.collect())))
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
        }
        bytes
    }

    /// Ends each tensor whose bytes have all come; some have none.
    fn close(&mut self) {
        while let Some((name, tensor)) =
            self.layout.as_ref().and_then(|layout| layout.get(self.done.len()))
        {
            let [start, end] = tensor.data_offsets;
            if self.hasher.length() < end - start {
                return;
            }
            let digest = std::mem::take(&mut self.hasher).finish();
            self.done.insert(name.clone(), digest);
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
    let read: BTreeMap<String, Value> = serde_json::from_slice(header)
        .map_err(|fault| format!("its header is no JSON: {fault}"))?;
    let mut tensors = Vec::new();
    for (name, value) in read {
        if name == "__metadata__" {
            continue;
        }
        let shown = name.escape_debug().to_string();
        let tensor = Tensor::deserialize(value)
            .map_err(|fault| format!("its header is wrong about `{shown}`: {fault}"))?;
        tensors.push((name, tensor));
    }
    tensors.sort_by_key(|(_, tensor)| tensor.data_offsets);
    let mut at = 0;
    for (name, tensor) in &tensors {
        let [start, end] = tensor.data_offsets;
        if start != at || end < start {
            let shown = name.escape_debug();
            return Err(format!("`{shown}` does not begin where the tensor before it ends"));
        }
        at = end;
    }
    Ok(tensors)
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
        let cases: [(Vec<u8>, &str); 9] = [
            (Vec::new(), "ends inside its header"),
            (good.get(..20).expect("bytes").to_vec(), "ends inside its header"),
            (good.get(..good.len() - 1).expect("bytes").to_vec(), "ends inside a tensor"),
            ([good.clone(), b"z".to_vec()].concat(), "behind its last tensor"),
            (u64::MAX.to_le_bytes().to_vec(), "18446744073709551615 bytes"),
            (header("not JSON"), "no JSON"),
            (header("{\"a\": 1}"), "wrong about `a`"),
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
}
