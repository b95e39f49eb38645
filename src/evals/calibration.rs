//! Whether a judge may gate: its agreement with people, as `calibration.json` beside it says.
//!
//! `judge calibrate` will write the file; here it is only believed or doubted. It must be bound to
//! the judge and the model as they are, young enough, over enough labels, and good enough.

use serde::Deserialize;

use super::record::EntryStamp;
use crate::digest::Digest;
use crate::registry::judge::Calibration;
use crate::time;

/// The name of the file in the judge's folder.
pub const FILE: &str = "calibration.json";

/// The schema of the file.
pub const SCHEMA: &str = "keelmark.calibration.v1";

/// The file.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Measured {
    /// [`SCHEMA`].
    pub schema: String,
    /// The digest of the judge's behaviour, rubric included.
    pub judge: Digest,
    /// The digest of the behaviour of its model.
    pub model: Digest,
    /// Quadratic weighted kappa against people.
    pub weighted_kappa: f64,
    /// How many cases people labelled.
    pub labels: u64,
    /// The day of the measurement (ISO 8601).
    #[serde(rename = "measured")]
    pub day: String,
}

impl Measured {
    /// Reads the file.
    ///
    /// # Errors
    /// Why it is no calibration.
    pub fn parse(bytes: &[u8]) -> Result<Self, String> {
        let measured: Self = serde_json::from_slice(bytes)
            .map_err(|fault| format!("its `{FILE}` cannot be read: {fault}"))?;
        if measured.schema == SCHEMA {
            Ok(measured)
        } else {
            Err(format!("its `{FILE}` is no {SCHEMA}"))
        }
    }
}

/// The judge as it is now.
#[derive(Debug, Clone, Copy)]
pub struct Judged<'a> {
    /// The judge.
    pub judge: &'a EntryStamp,
    /// Its model.
    pub model: &'a EntryStamp,
}

/// Says why a judge's scores only advise; `None` where its calibration is valid on the day `today`.
#[must_use]
pub fn doubt(
    file: Option<&[u8]>,
    demand: &Calibration,
    judged: Judged<'_>,
    today: &str,
) -> Option<String> {
    let Some(bytes) = file else {
        return Some(format!("the base has no `{FILE}` for it"));
    };
    let measured = match Measured::parse(bytes) {
        Ok(measured) => measured,
        Err(why) => return Some(why),
    };
    if measured.judge != judged.judge.behaviour || measured.model != judged.model.behaviour {
        return Some("its calibration is of another rubric or model".to_owned());
    }
    let least = demand.min_weighted_kappa.unwrap_or(0.6);
    if !measured.weighted_kappa.is_finite() || measured.weighted_kappa < least {
        return Some(format!(
            "its kappa is {:.2}; {least:.2} is asked for",
            measured.weighted_kappa
        ));
    }
    let labels = demand.min_labels.unwrap_or(50);
    if measured.labels < labels {
        return Some(format!(
            "it was calibrated on {} labels; {labels} are asked for",
            measured.labels
        ));
    }
    let days = demand.valid_days.unwrap_or(31);
    let age = time::days(today).zip(time::days(&measured.day));
    match age.map(|(now, then)| now - then) {
        Some(age) if (0..=i64::try_from(days).unwrap_or(i64::MAX)).contains(&age) => None,
        Some(age) if age < 0 => Some("its calibration is dated in the future".to_owned()),
        Some(age) => Some(format!("its calibration is {age} days old; {days} are allowed")),
        None => Some("its calibration has no date".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stamp(behaviour: &str) -> EntryStamp {
        EntryStamp {
            entry: "judge/grounded".to_owned(),
            version: "1.0.0".to_owned(),
            contract: Digest::of(b""),
            behaviour: Digest::of(behaviour.as_bytes()),
        }
    }

    #[test]
    fn a_judge_gates_only_with_a_calibration_of_itself_that_is_good_and_young() {
        let demand = Calibration {
            min_weighted_kappa: Some(0.6),
            min_labels: Some(50),
            valid_days: Some(31),
            ..Calibration::default()
        };
        let (judge, model) = (stamp("judge"), stamp("model"));
        let file = |kappa: &str, labels: u32, day: &str, digest: &Digest| {
            format!(
                r#"{{"schema":"{SCHEMA}","judge":"{digest}","model":"{}","weighted_kappa":{kappa},"labels":{labels},"measured":"{day}"}}"#,
                model.behaviour
            )
        };
        let doubt_of = |text: &str| {
            let judged = Judged { judge: &judge, model: &model };
            doubt(Some(text.as_bytes()), &demand, judged, "2026-11-25").unwrap_or_default()
        };
        let own = judge.behaviour;
        assert_eq!(doubt_of(&file("0.7", 60, "2026-11-01", &own)), "");
        for (text, expected) in [
            (file("0.5", 60, "2026-11-01", &own), "kappa is 0.50"),
            (file("0.7", 10, "2026-11-01", &own), "10 labels"),
            (file("0.7", 60, "2026-10-01", &own), "55 days old"),
            (file("0.7", 60, "2027-01-01", &own), "future"),
            (file("0.7", 60, "yesterday", &own), "no date"),
            (file("0.7", 60, "2026-11-01", &Digest::of(b"x")), "another rubric or model"),
            ("{}".to_owned(), "cannot be read"),
        ] {
            assert!(doubt_of(&text).contains(expected), "{text}: {}", doubt_of(&text));
        }
        let judged = Judged { judge: &judge, model: &model };
        assert!(doubt(None, &demand, judged, "2026-11-25").is_some());
    }
}
