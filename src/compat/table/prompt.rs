//! Rules about what makes a prompt act: behaviour under an unchanged contract.

use super::{mirror, waived};
use crate::finding::{Family, Rule};
use crate::version::Bump;

const TEMPLATE: &str = "/properties/template";
const PARAMETERS: &str = "/properties/parameters";

reasons! { Prompt;
    TEMPLATE_EOL_ONLY: "prompt-template-eol-only", None, TEMPLATE, mirror("prompt-template-eol-only"),
        "A template differs in line ends, byte order mark or final newlines only.",
        "Work tree and blob differ in these under `autocrlf`, so behaviour digests pass over them. Unicode normal forms are not folded: texts that differ in them count as changed.";
    TEMPLATE_WHITESPACE: "prompt-template-whitespace", Patch, TEMPLATE, mirror("prompt-template-whitespace"),
        "A template differs in white space only.",
        "White space can change tokens; an eval run shows whether it matters.";
    TEMPLATE_COMMENT: "prompt-template-comment", Patch, TEMPLATE, mirror("prompt-template-comment"),
        "A template differs in its own comments only.",
        "Comments (`{# … #}`) never reach the model.";
    TEMPLATE_TEXT: "prompt-template-text", Minor, TEMPLATE, mirror("prompt-template-text"),
        "The text of a template changed.",
        "Behaviour is what users see of a model, so a change of it is no patch. dotprompt counts edited prompt content as minor.";
    TEMPLATE_TEXT_NONREGRESSING: "prompt-template-text-nonregressing", Patch, TEMPLATE,
        waived("the change back is `prompt-template-text`, and its evidence is another one"),
        "The text of a template changed, and a recorded eval run shows that no metric is worse by more than its margin.",
        "A change that nobody can tell from the answers is a patch, where a witness says so: cargo-semver-checks asks for one as well. The witness lowers a step and never raises one.";
    ENGINE_CHANGED: "prompt-engine-changed", Major, "/properties/engine", mirror("prompt-engine-changed"),
        "Another engine renders the template.",
        "Engines differ in escaping and in what an undefined variable does.";
    ROLE_STRUCTURE_CHANGED: "prompt-role-structure-changed", Minor, "/properties/messages",
        mirror("prompt-role-structure-changed"),
        "Messages were added, removed, reordered or given other roles.",
        "Behaviour changes, the contract does not.";
    EXAMPLE_CHANGED: "prompt-example-changed", Minor, "/properties/examples", mirror("prompt-example-changed"),
        "The worked examples changed.",
        "Behaviour changes, the contract does not.";
    SAMPLING_CHANGED: "prompt-sampling-changed", Minor, PARAMETERS, mirror("prompt-sampling-changed"),
        "A sampling parameter changed.",
        "Behaviour changes, the contract does not.";
    SEED_CHANGED: "prompt-seed-changed", Patch, PARAMETERS, mirror("prompt-seed-changed"),
        "The seed changed.",
        "A seed serves reproduction only.";
    MAX_OUTPUT_DECREASED: "prompt-max-output-decreased", Minor, PARAMETERS, mirror("prompt-max-output-increased"),
        "Answers may have fewer tokens.",
        "Answers may be cut off, which no declared constraint forbids.";
    MAX_OUTPUT_INCREASED: "prompt-max-output-increased", Minor, PARAMETERS, mirror("prompt-max-output-decreased"),
        "Answers may have more tokens.",
        "Longer answers arrive; where an output declares `maxLength`, consumers rely on the length and the step is major.";
    MODEL_BINDING_CHANGED: "prompt-model-binding-changed", Minor, "/properties/model",
        mirror("prompt-model-binding-changed"),
        "The prompt is bound to another model.",
        "Behaviour changes, the contract does not; an eval run is asked for by the gates.";
}
