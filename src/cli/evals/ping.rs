//! Whether a model answers at all.

use super::Desk;
use crate::checks::Loaded;
use crate::cli::failure::Failure;
use crate::provider::{Message, Request};
use crate::registry::config::HostPurpose;
use crate::registry::prompt::Parameters;

/// The most tokens that the answer may have.
const MOST_TOKENS: u64 = 16;

impl Desk<'_> {
    /// Asks a model once for one word, and says how that went. Recorded and scripted answers are not
    /// asked: that their file can be read is all there is to know.
    ///
    /// # Errors
    /// The base does not allow it, or there is no answer.
    pub(in crate::cli) fn ping(&self, model: &Loaded) -> Result<String, Failure> {
        let side = self.model(model, HostPurpose::Provider)?;
        if !side.provider.is_live() {
            return Ok("answers from a file".to_owned());
        }
        let most = side.max_output_tokens.map_or(MOST_TOKENS, |most| most.min(MOST_TOKENS));
        let request = Request {
            case_id: "ping".to_owned(),
            messages: vec![Message {
                role: "user".to_owned(),
                content: "Answer with the word ready.".to_owned(),
            }],
            parameters: Parameters { max_output_tokens: Some(most), ..Parameters::default() },
            ..Request::default()
        };
        let answer = side.provider.complete(&request).map_err(|fault| {
            Failure::undecided(format!("`{}` does not answer: {fault}", model.entry.name))
        })?;
        Ok(match answer.latency_ms {
            Some(latency) => format!("answers within {latency:.0} ms"),
            None => "answers".to_owned(),
        })
    }
}
