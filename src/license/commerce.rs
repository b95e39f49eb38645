//! Whether a licence keeps a work from being sold.

use super::License;

/// Says whether an SPDX expression leaves no way of commercial use. A text that is no expression is
/// looked at as one name.
#[must_use]
pub fn forbids_commerce(expression: &str) -> bool {
    License::read(expression)
        .map_or_else(|_| is_non_commercial(expression), |license| license.always(is_non_commercial))
}

/// Says whether the name of a licence says that it is not for commerce: `CC-BY-NC-4.0`,
/// `PolyForm-Noncommercial-1.0.0`.
fn is_non_commercial(name: &str) -> bool {
    let name = name.to_ascii_lowercase().replace("non-commercial", "noncommercial");
    let mut parts = name.split(['-', '_', ' ', '.']);
    parts.any(|part| part == "nc" || part == "noncommercial")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_expression_forbids_commerce_where_every_way_of_reading_it_does() {
        let cases = [
            ("CC-BY-NC-4.0", true),
            ("CC-BY-NC-SA-4.0", true),
            ("PolyForm-Noncommercial-1.0.0", true),
            ("LicenseRef-Acme-Non-Commercial", true),
            ("CC-BY-4.0", false),
            ("MIT OR Apache-2.0", false),
            ("MIT OR CC-BY-NC-4.0", false),
            ("MIT AND CC-BY-NC-4.0", true),
            ("(MIT OR CC-BY-NC-4.0) AND Apache-2.0", false),
            ("(MIT AND CC-BY-NC-4.0) OR (CC-BY-NC-4.0)", true),
            ("GPL-3.0-only WITH Classpath-exception-2.0", false),
            ("BSL NC only", true),
            ("NCSA", false),
            ("(MIT", false),
            ("", false),
        ];
        for (expression, expected) in cases {
            assert_eq!(forbids_commerce(expression), expected, "{expression}");
        }
    }
}
