//! Known forms of prompt injection in what a user sends.
//!
//! Families: overriding instructions, role play without rules, asking for the prompt or for others'
//! data, marks that break out of a template, and any of these in Base64. In English, and the first
//! two in German, French and Spanish. New wordings are not known; see the labelled set.

use std::sync::LazyLock;

use regex::Regex;
use serde::Serialize;

use super::text::{folded, pattern};

/// The detector's name and version.
pub(super) const VERSION: &str = "injection/1";

/// A known form of injection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Injection {
    /// Ignore the instructions.
    Override,
    /// Be somebody without rules.
    RolePlay,
    /// Show the prompt.
    PromptLeak,
    /// Show what belongs to others.
    DataLeak,
    /// Marks that end the user's part of a template.
    Delimiter,
    /// One of the others, in Base64.
    Encoded,
}

impl Injection {
    /// Returns the name as it stands in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Override => "override",
            Self::RolePlay => "role_play",
            Self::PromptLeak => "prompt_leak",
            Self::DataLeak => "data_leak",
            Self::Delimiter => "delimiter",
            Self::Encoded => "encoded",
        }
    }
}

/// Names the first known form of injection in an input.
#[must_use]
pub fn injection(input: &str) -> Option<Injection> {
    plain(input).or_else(|| encoded(input).then_some(Injection::Encoded))
}

fn plain(input: &str) -> Option<Injection> {
    static FORMS: LazyLock<[(Injection, Regex); 5]> = LazyLock::new(|| {
        [
            (Injection::Override, pattern(OVERRIDE)),
            (Injection::RolePlay, pattern(ROLE_PLAY)),
            (Injection::PromptLeak, pattern(PROMPT_LEAK)),
            (Injection::DataLeak, pattern(DATA_LEAK)),
            (Injection::Delimiter, pattern(DELIMITER)),
        ]
    });
    let text = folded(input);
    FORMS.iter().find(|(_, form)| form.is_match(&text)).map(|(kind, _)| *kind)
}

/// Folding has taken `_` and `*` away.
const OVERRIDE: &str = concat!(
    r"\b(?:ignore|disregard|forget|override|bypass|discard|skip|drop|do not follow|don't follow|stop following)",
    r"(?: (?:all|any|every|everything|of|the|your|my|our|these|those|its|previous|prior|above|earlier|preceding|former|other|system|safety|existing|original|initial|company)){0,5}",
    r" (?:instructions?|rules?|polic(?:y|ies)|prompts?|guidelines?|guardrails?|restrictions?|directions?|directives?|constraints?|safeguards|filters?|programming|training)\b",
    r"|\b(?:ignore|forget|disregard) (?:all|everything|anything)(?: \w+){0,3} (?:above|before|told|said|previous)\b",
    r"|\b(?:ignore|disregard) (?:the|your|all|any|these|those)(?: other)? \w+ and (?:answer|say|print|output|reply|respond|write|reveal|show|tell|set)\b",
    r"|\bnew (?:instructions?|policy|rules?|system prompt):",
    r"|\b(?:ignoriere|vergiss|missachte|umgehe)(?: \w+){0,3} (?:regeln|anweisungen|vorgaben|richtlinien|instruktionen|befehle)\b",
    r"|\b(?:ignore[zr]?|oublie[zr]?|ne tiens? pas compte)(?: \S+){0,4} (?:instructions|règles|consignes|directives)\b",
    r"|\b(?:ignora|olvida|omite)(?: \w+){0,4} (?:instrucciones|reglas|normas|directrices)\b",
);

const ROLE_PLAY: &str = concat!(
    r"\b(?:you are now|you're now|act as|pretend (?:to be|you are|that you are)|from now on,? you(?:'re| are)?|roleplay as|role-play as|play the role of)\b[^.!?\n]{0,80}",
    r"\b(?:dan|without (?:any )?(?:limits?|rules|restrictions|filters?|guardrails)|no (?:limits?|rules|restrictions|filters?|guardrails)|unrestricted|unfiltered|uncensored|jailbroken|evil|anything)\b",
    r"|\bdo anything now\b|\b(?:developer|debug|god|admin|jailbreak|sudo) mode (?:is )?(?:on|enabled|activated|active)\b|\b(?:enable|enter|activate|switch to) (?:developer|debug|god|jailbreak|sudo|admin) mode\b",
    r"|\b(?:du bist (?:jetzt|nun|ab jetzt))\b[^.!?\n]{0,60}\b(?:ohne (?:regeln|grenzen|filter)|keine regeln)\b",
    r"|\btu es (?:maintenant|désormais)\b[^.!?\n]{0,60}\bsans (?:règles|limites|filtres?)\b",
    r"|\bahora eres\b[^.!?\n]{0,60}\bsin (?:reglas|límites|filtros?|restricciones)\b",
);

const PROMPT_LEAK: &str = concat!(
    r"\b(?:print|reveal|show|repeat|output|tell me|give me|leak|display|write (?:out|down)|recite|copy|dump|what (?:is|are|was|were)|translate|summari[sz]e|encode)\b[^.!?\n]{0,30}",
    r"\b(?:system (?:prompt|message|instructions?)|(?:your|the) (?:(?:initial|hidden|original|secret|internal|full|exact|own) )+(?:prompt|instructions?|rules|notes|guidelines)|instructions? (?:above|before this)|(?:text|words|everything|prompt) above|your (?:prompt|instructions))\b",
    r"|\b(?:nenne|zeige?|gib|verrate?)\b[^.!?\n]{0,40}\b(?:systemprompt|system-prompt|internen? (?:notizen|anweisungen|regeln)|deine (?:anweisungen|regeln))\b",
    r"|\b(?:montre|affiche|révèle|donne)[^.!?\n]{0,40}\b(?:prompt système|instructions (?:internes|cachées|système))",
    r"|\b(?:muestra|revela|dime|imprime)\b[^.!?\n]{0,40}\b(?:prompt (?:del|de) sistema|instrucciones (?:internas|ocultas|del sistema))",
);

const DATA_LEAK: &str = concat!(
    r"\b(?:leak|dump|exfiltrate|print|list|show|export|reveal|read|give)\b[^.!?\n]{0,40}\b(?:all|every|other|your|of (?:your|all|other))(?: \w+){0,1} (?:customers?|users?|clients?)'?s?(?: (?:data|records?|e-?mails?|addresses|passwords?|details|card numbers?))?\b",
    r"|\b(?:leak|exfiltrate) (?:the |all |your |our )?(?:\w+ )?(?:data|records|secrets|credentials|passwords|keys)\b",
    r"|\b(?:print|show|reveal|dump|give me) (?:me )?(?:the |all |your )+(?:api keys?|credentials|passwords|database|environment variables|secrets)\b",
);

const DELIMITER: &str = concat!(
    r"</(?:question|user|system|context|instructions?|polic(?:y|ies)|policysnippets|customercontext|documents?|input|prompt|assistant|data|message)>",
    r"|<\|(?:imstart|imend|im|system|endoftext|eot|startheader)[^>]{0,20}\|?>|\[/?inst\]|<</?sys>>|\[system\]\(#",
    r"|(?:^|\n) *(?:#{1,4} ?)?(?:system|assistant) ?(?:prompt|message)?:",
);

/// Decodes what may be Base64 and looks for the other families in it.
fn encoded(input: &str) -> bool {
    static BASE64: LazyLock<Regex> = LazyLock::new(|| pattern(r"[A-Za-z0-9+/]{24,}={0,2}"));
    BASE64
        .find_iter(input)
        .any(|run| decoded(run.as_str()).is_some_and(|text| plain(&text).is_some()))
}

/// Decodes Base64 (RFC 4648) into text, if it is text.
fn decoded(base64: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(base64.len() / 4 * 3);
    let mut bits = 0_u32;
    let mut held = 0;
    for byte in base64.bytes().filter(|byte| *byte != b'=') {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        bits = (bits << 6 | u32::from(value)) & 0xffff;
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.push(u8::try_from(bits >> held & 0xff).ok()?);
        }
    }
    String::from_utf8(bytes).ok()
}
