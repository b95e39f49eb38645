//! References that gix cannot read: the git program is asked for them.

use super::error::VcsError;
use super::refs::Branch;
use super::store::Store;
use crate::snapshot::ObjectName;

/// What is asked of each reference; no field can hold a zero.
const FORMAT: &str = "--format=%(objectname)%00%(objecttype)%00%(*objectname)%00%(*objecttype)\
                      %00%(symref)%00%(refname)";

/// A reference as the git program lists it.
pub(super) struct Listed {
    /// Its full name.
    pub(super) name: String,
    /// The object that it names, which may be a tag.
    pub(super) object: ObjectName,
    /// What tags lead to in the end.
    pub(super) peeled: ObjectName,
    /// Whether that is a commit.
    pub(super) leads_to_commit: bool,
    /// The full name of the reference that it leads to, if it is symbolic.
    target: Option<String>,
}

impl Listed {
    /// Returns the branch that it is, under the name that it leads to.
    pub(super) fn into_branch(self) -> Branch {
        Branch { name: self.target.unwrap_or(self.name), commit: self.peeled }
    }

    fn read(line: &str) -> Option<Self> {
        let fields: Vec<&str> = line.split('\0').collect();
        let [object, kind, peeled, peeled_kind, target, name] = fields.as_slice() else {
            return None;
        };
        let object = ObjectName::parse(object)?;
        Some(Self {
            name: (*name).to_owned(),
            object,
            peeled: ObjectName::parse(peeled).unwrap_or(object),
            leads_to_commit: *kind == "commit" || *peeled_kind == "commit",
            target: (!target.is_empty()).then(|| (*target).to_owned()),
        })
    }
}

impl Store {
    /// Returns the references whose full names start with `prefix`, by name. Symbolic ones that lead
    /// nowhere are left out, as git does.
    pub(super) fn listed_references(&self, prefix: &str) -> Result<Vec<Listed>, VcsError> {
        // Git matches whole folders.
        let folder = prefix.rfind('/').and_then(|end| prefix.get(..=end)).unwrap_or("refs/");
        let printed = self.git.run(&["for-each-ref", FORMAT, folder])?;
        let printed = String::from_utf8_lossy(&printed);
        let found = printed.lines().filter_map(Listed::read);
        let mut found: Vec<_> = found.filter(|listed| listed.name.starts_with(prefix)).collect();
        found.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(found)
    }

    /// Returns a reference by its full name.
    pub(super) fn listed_reference(&self, name: &str) -> Result<Option<Listed>, VcsError> {
        if !name.starts_with("refs/") || gix::refs::FullName::try_from(name).is_err() {
            return Ok(None);
        }
        let printed = self.git.run(&["for-each-ref", FORMAT, name])?;
        let printed = String::from_utf8_lossy(&printed);
        // Git also lists what lies below a folder of this name.
        let mut found = printed.lines().filter_map(Listed::read);
        Ok(found.find(|listed| listed.name == name))
    }

    /// Returns the commit that a revision names.
    pub(super) fn resolve_by_git(&self, revision: &str) -> Result<ObjectName, VcsError> {
        let what = format!("{revision}^{{commit}}");
        let printed = self.git.run(&["rev-parse", "--verify", &what])?;
        let line = String::from_utf8_lossy(&printed);
        ObjectName::parse(line.trim_end()).ok_or_else(|| VcsError::Git {
            what: "a revision",
            cause: format!("git answered `{}`", line.trim_end()),
        })
    }

    /// Returns the commit that is checked out; `None` before the first one.
    pub(super) fn head_by_git(&self) -> Result<Option<ObjectName>, VcsError> {
        match self.resolve_by_git("HEAD") {
            Ok(commit) => Ok(Some(commit)),
            Err(fault) => match self.head_reference_by_git()? {
                Some(name) if self.listed_reference(&name)?.is_none() => Ok(None),
                _ => Err(fault),
            },
        }
    }

    /// Returns the full name of the branch that is checked out, even before its first commit.
    pub(super) fn head_reference_by_git(&self) -> Result<Option<String>, VcsError> {
        let said = self.git.ask(&["symbolic-ref", "--quiet", "HEAD"], None)?;
        match said.status.code() {
            Some(0) => Ok(Some(String::from_utf8_lossy(&said.stdout).trim_end().to_owned())),
            // `HEAD` names a commit.
            Some(1) => Ok(None),
            _ => Err(VcsError::Git { what: "`HEAD`", cause: said.complaint() }),
        }
    }

    /// Returns the full name of the reference that a revision is; `None` where it is none.
    pub(super) fn full_name_by_git(&self, revision: &str) -> Result<Option<String>, VcsError> {
        let said = self.git.ask(&["rev-parse", "--symbolic-full-name", revision], None)?;
        let name = String::from_utf8_lossy(&said.stdout).trim_end().to_owned();
        Ok((said.status.success() && !name.is_empty()).then_some(name))
    }
}
