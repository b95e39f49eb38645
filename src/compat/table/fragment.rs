//! Rules about fragments alone; their texts and inputs are judged by those of prompts.

use super::mirror;
use crate::finding::{Family, Rule};
use crate::version::Bump;

reasons! { Prompt;
    LANGUAGE_CHANGED: "fragment-language-changed", Minor, "/properties/language",
        mirror("fragment-language-changed"),
        "A fragment says another language of its text.",
        "Prompts choose fragments by their language. The contract stays: no prompt has to provide anything else, so the step is that of a changed text.";
}
