//! The packs that are kept, each against its own name.

use rayon::prelude::*;

use super::Court;
use crate::cli::failure::Failure;
use crate::cli::shelf::{BRANCH, Shelf as Packs};
use crate::release::claims::{Claim, Subject, SubjectKind, What};
use crate::release::pack::{MAX_COMPRESSED, Pack};

impl Court<'_> {
    /// Reads every pack that this clone keeps.
    pub(super) fn packs(&self) -> Result<Subject, Failure> {
        let packs = Packs::open(&self.opened.repository, &self.config.ledger)?;
        let (object, listed) = (packs.tip(), packs.list()?);
        let judged: Result<Vec<Option<Claim>>, Failure> = listed
            .par_iter()
            .map(|kept| {
                let path = kept.file.path.to_text();
                let Some(digest) = kept.digest else {
                    let found = format!("`{path}` is no name of a pack");
                    return Ok(Some(Claim::fails(What::Packs, found, "a digest")));
                };
                let bytes = kept.read(MAX_COMPRESSED)?;
                Ok(Pack::open(&bytes, digest).err().map(|fault| {
                    Claim::fails(What::Packs, format!("`{path}`: {fault}"), "what its name says")
                }))
            })
            .collect();
        let mut claims: Vec<Claim> = judged?.into_iter().flatten().collect();
        if claims.is_empty() {
            claims.push(match listed.len() {
                0 => Claim::note(What::Packs, "no pack is kept here"),
                1 => Claim::holds(What::Packs, "1 pack, with the content of its name"),
                n => Claim::holds(
                    What::Packs,
                    format!("{n} packs, each with the content of its name"),
                ),
            });
        }
        Ok(Subject {
            kind: SubjectKind::Evidence,
            name: BRANCH.to_owned(),
            object: object.map(|object| object.to_string()),
            claims,
        })
    }
}
