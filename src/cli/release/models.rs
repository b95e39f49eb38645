//! Whether the models of a release still answer, as far as manifests say.

use crate::checks::{Loaded, Named, read_entry};
use crate::cli::context::{Context, Wanted, Workspace};
use crate::escape;
use crate::registry::entry::Body;
use crate::registry::model::Api;
use crate::time;

/// What the last commit here says of models. A provider may announce the end of a model after the
/// release that uses it was tagged.
pub(in crate::cli) struct Today(Option<Workspace>);

/// The day from which a model may be gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::cli) struct Sunset {
    /// The day (ISO 8601).
    pub day: String,
    /// Whether it has come.
    pub past: bool,
}

impl Sunset {
    /// Says what it means for an entry.
    pub(in crate::cli) fn words(&self, entry: &str) -> String {
        let verb = if self.past { "may be gone since" } else { "is offered until" };
        format!("`{}` {verb} {}", escape::line(entry), escape::line(&self.day))
    }
}

impl Today {
    /// Opens the last commit. Where there is none, or it cannot be read, it says nothing.
    pub(in crate::cli) fn open(context: &Context) -> Self {
        let head = Wanted::Revision("HEAD".to_owned());
        Self(context.open().and_then(|opened| opened.workspace(&head, context)).ok())
    }

    /// Returns the last commit.
    pub(in crate::cli) const fn workspace(&self) -> Option<&Workspace> {
        self.0.as_ref()
    }

    /// Returns the first day from which a model may be gone: by its own manifest, or by a later one
    /// for the same model of the same provider.
    pub(in crate::cli) fn sunset(&self, model: &Loaded, now: i64) -> Option<Sunset> {
        let own = model.entry.common.sunset.clone();
        let later = self.later(model).and_then(|later| later.entry.common.sunset);
        let days = [own, later].into_iter().flatten();
        let (count, day) = days.filter_map(|day| Some((time::days(&day)?, day))).min()?;
        Some(Sunset { day, past: count <= now.div_euclid(86_400) })
    }

    fn later(&self, model: &Loaded) -> Option<Loaded> {
        let workspace = self.0.as_ref()?;
        let tree = Named { name: "", tree: workspace.snapshot() };
        let later = read_entry(&workspace.layout, &model.entry.name, tree).ok()??;
        same(model, &later).then_some(later)
    }
}

/// Says whether two entries ask the same model of the same provider.
pub(in crate::cli) fn same(one: &Loaded, other: &Loaded) -> bool {
    asked(one).is_some_and(|one| asked(other) == Some(one))
}

/// Returns who is asked for which model.
fn asked(model: &Loaded) -> Option<(Option<Api>, [Option<&str>; 3])> {
    let Body::Model(body) = &model.entry.body else { return None };
    let provider = body.provider.as_ref()?;
    let words = [&provider.model, &provider.base_url, &provider.base_url_env];
    Some((provider.api, words.map(Option::as_deref)))
}
