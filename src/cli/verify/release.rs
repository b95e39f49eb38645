//! Everything that one release claims.

use super::scene::{Judged, Scene};
use super::select::ReleaseName;
use super::{Court, undecided};
use crate::cli::composite::Standpoint;
use crate::cli::context::Wanted;
use crate::cli::failure::Failure;
use crate::release::claims::record::OLDER;
use crate::release::claims::tag::{self, Named};
use crate::release::claims::{Claim, Subject, SubjectKind, What};
use crate::release::message::Message;
use crate::snapshot::ObjectName;
use crate::vcs::{TagObject, VcsError};

/// A release tag that was read.
pub(super) struct Tagged<'a> {
    /// Its name.
    pub(super) name: &'a ReleaseName,
    /// Its object.
    pub(super) object: &'a TagObject,
    /// What it says.
    pub(super) message: &'a Message,
    /// The commit that it leads to.
    pub(super) commit: ObjectName,
}

impl Court<'_> {
    /// Judges what a release claims.
    ///
    /// # Errors
    /// When nothing can be read any more. What cannot be decided is a claim that says so.
    pub(super) fn release(&self, name: &ReleaseName) -> Result<Subject, Failure> {
        let mut claims = Vec::new();
        let named = Named { tag: &name.tag, composite: &name.composite, version: &name.version };
        let (object, message) = match self.opened.repository.read_tag(name.object) {
            Ok(object) => {
                let (claim, message) = tag::tag(named, object.as_ref());
                claims.push(claim);
                (object, message)
            }
            Err(error @ VcsError::Git { .. }) => {
                let expected = "an annotated tag, as git writes it";
                claims.push(Claim::fails(What::Tag, error.to_string(), expected));
                (None, None)
            }
            Err(error) => {
                claims.push(undecided(What::Tag, &error.into()));
                (None, None)
            }
        };
        // A tag may lead to another one, or to what is no commit.
        let commit = self.opened.repository.resolve(&name.object.to_string()).ok();
        let mut judged = Judged::default();
        if let (Some(object), Some(message), Some(commit)) = (&object, &message, commit) {
            let tagged = Tagged { name, object, message, commit };
            match self.tree_of(&tagged, &mut claims) {
                Ok(found) => judged = found,
                Err(failure) => claims.push(undecided(What::Composite, &failure)),
            }
        }
        claims.extend(self.record(name, (message.as_ref(), commit), &judged)?);
        for claim in claims.iter_mut().filter(|claim| claim.hint.as_deref() == Some(OLDER)) {
            claim.hint = Some(self.newer());
        }
        Ok(Subject {
            kind: SubjectKind::Release,
            name: name.tag.clone(),
            object: Some(name.object.to_string()),
            claims,
        })
    }

    /// Judges what the tag says of the commit that it leads to.
    fn tree_of(&self, tagged: &Tagged<'_>, claims: &mut Vec<Claim>) -> Result<Judged, Failure> {
        let wanted = Wanted::Revision(tagged.commit.to_string());
        let place = Standpoint::of(self.opened.clone(), self.context, &wanted)?;
        let past = place.past();
        let trees = place.trees(&past);
        let scene = Scene::new(self, tagged, &place, &trees)?;
        scene.judge(claims)
    }
}
