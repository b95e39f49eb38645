//! What people and machines see of a rollback.

use serde_json::{Value, json};

use super::stand::Stand;
use crate::cli::args::ListingFormat;
use crate::cli::commands::check::ignore_closed;
use crate::cli::context::Context;
use crate::cli::failure::Failure;
use crate::cli::release::target::{Made, Target};
use crate::cli::release::way::Way;
use crate::escape;
use crate::ledger::channel::ChannelState;
use crate::output::json as documents;
use crate::release::rollback::Break;

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// The channel is back.
    Done,
    /// It was there before.
    There,
    /// Nothing was recorded, for somebody would break.
    Refused,
    /// Nothing was recorded, for nobody asked for it.
    Planned,
}

impl Outcome {
    const fn word(self) -> &'static str {
        match self {
            Self::Done => "rolled_back",
            Self::There => "already_there",
            Self::Refused => "refused",
            Self::Planned => "planned",
        }
    }
}

/// One end of the way.
struct End {
    composite: String,
    version: String,
    tag: String,
    object: String,
    digest: String,
    bundle: Option<String>,
}

impl End {
    fn live(state: &ChannelState) -> Self {
        Self {
            composite: state.composite.clone(),
            version: state.version.clone(),
            tag: state.tag.clone(),
            object: state.tag_object.clone(),
            digest: state.digest.to_string(),
            bundle: state.bundle.map(|bundle| bundle.to_string()),
        }
    }

    fn describe(&self) -> Value {
        json!({
            "composite": self.composite,
            "version": self.version,
            "tag": self.tag,
            "tag_object": self.object,
            "digest": self.digest,
            "bundle": self.bundle,
        })
    }

    fn words(&self) -> String {
        format!("{} {}", escape::line(&self.composite), escape::line(&self.version))
    }
}

/// A rollback as it is shown.
pub(super) struct Shown {
    channel: String,
    from: End,
    to: End,
    unjudged: Option<String>,
    breaks: Vec<Break>,
    notes: Vec<String>,
    pub outcome: Outcome,
    pub refusals: Vec<String>,
    pub forced: bool,
    pub reason: Option<String>,
    pub record: Option<String>,
    pub pushed: Option<bool>,
    pub due: Option<String>,
    pub post_mortem: Option<String>,
}

impl Shown {
    pub(super) fn new(stand: &Stand, target: &Target, made: &Made, way: &Way) -> Self {
        Self {
            to: End {
                composite: target.named.composite.id.to_string(),
                version: target.named.version.to_string(),
                tag: target.named.tag.clone(),
                object: target.object.to_string(),
                digest: made.composition.entry_digest().to_string(),
                bundle: Some(made.bundle.to_string()),
            },
            unjudged: way.unjudged.clone(),
            breaks: way.breaks.clone(),
            notes: way.notes.clone(),
            due: None,
            ..Self::there(stand)
        }
    }

    /// Shows a channel that stays where it is.
    pub(super) fn there(stand: &Stand) -> Self {
        Self {
            channel: stand.name.to_string(),
            from: End::live(&stand.state),
            to: End::live(&stand.state),
            unjudged: None,
            breaks: Vec::new(),
            notes: Vec::new(),
            outcome: Outcome::There,
            refusals: Vec::new(),
            forced: false,
            reason: None,
            record: None,
            pushed: None,
            due: stand.state.post_mortem_due.clone(),
            post_mortem: None,
        }
    }

    /// Writes it.
    ///
    /// # Errors
    /// When nobody reads.
    pub(super) fn write(&self, context: &Context, format: ListingFormat) -> Result<(), Failure> {
        let mut text = String::new();
        match format {
            ListingFormat::Human => text.push_str(&self.human()),
            ListingFormat::Json => {
                let mut out = Vec::new();
                let body = documents::v1::listing("keelmark.rollback.v1", self.describe());
                documents::write(&body, &mut out)?;
                text.push_str(&String::from_utf8_lossy(&out));
            }
        }
        context.printer.data(&text).or_else(ignore_closed)?;
        if self.outcome == Outcome::Refused {
            context.printer.say(
                "nothing was recorded; `--force --reason TEXT` goes there all the same, `--to RELEASE` goes elsewhere",
            );
        }
        Ok(())
    }

    fn human(&self) -> String {
        let mut out = match self.outcome {
            Outcome::There => format!("{}  {}", self.channel, self.to.words()),
            _ => format!("{}  {} → {}", self.channel, self.from.words(), self.to.words()),
        };
        out.push_str(match self.outcome {
            Outcome::Refused => "  refused\n",
            Outcome::Planned => "  would go back\n",
            Outcome::Done | Outcome::There => "\n",
        });
        let mut line = |name: &str, text: &str| {
            out.push_str(&format!("  {name:<11} {}\n", escape::line(text)));
        };
        line("tag", &format!("{}  {}", self.to.tag, self.to.object));
        if let Some(bundle) = &self.to.bundle {
            line("bundle", bundle);
        }
        for refusal in &self.refusals {
            line("refused", refusal);
        }
        if let Some(why) = &self.unjudged {
            line("not judged", &format!("who breaks is not known: {why}"));
        }
        for found in &self.breaks {
            line("breaks", &format!("{}: {} ({})", found.who, found.text, found.rule));
        }
        for note in &self.notes {
            line("note", note);
        }
        if let (true, Some(reason)) = (self.forced, &self.reason) {
            line("forced", reason);
        }
        if let Some(record) = &self.record {
            line("record", record);
        }
        if let Some(due) = &self.due {
            let at = self.post_mortem.as_ref().map(|path| format!(": {path}")).unwrap_or_default();
            line("post-mortem", &format!("due {due}{at}"));
        }
        if self.outcome == Outcome::Done {
            line("next", &format!("keelmark export --channel {} --out DIR", self.channel));
        }
        out
    }

    fn describe(&self) -> Value {
        let breaks = self.breaks.iter().map(|found| {
            json!({"slot": found.slot, "who": found.who, "text": found.text, "rule": found.rule})
        });
        json!({
            "channel": self.channel,
            "outcome": self.outcome.word(),
            "from": self.from.describe(),
            "to": self.to.describe(),
            "refusals": self.refusals,
            "unjudged": self.unjudged,
            "breaks": breaks.collect::<Vec<_>>(),
            "notes": self.notes,
            "forced": self.forced,
            "reason": self.reason,
            "record": self.record,
            "pushed": self.pushed,
            "post_mortem_due": self.due,
            "post_mortem": self.post_mortem,
        })
    }
}
