//! What every list of vectors must fulfil.

use super::fault::Fault;

/// Takes vectors if there is one for each text and all have one length and hold numbers.
pub(super) fn checked(
    vectors: Vec<Vec<f32>>,
    texts: &[String],
    from: &str,
) -> Result<Vec<Vec<f32>>, Fault> {
    let length = vectors.first().map_or(0, Vec::len);
    let reason = if vectors.len() != texts.len() {
        format!("{} vectors for {} texts", vectors.len(), texts.len())
    } else if !texts.is_empty() && length == 0 {
        "an empty vector".to_owned()
    } else if vectors.iter().any(|vector| vector.len() != length) {
        "vectors of different lengths".to_owned()
    } else if vectors.iter().flatten().any(|number| !number.is_finite()) {
        "a number that is not finite".to_owned()
    } else {
        return Ok(vectors);
    };
    Err(Fault::BadAnswer { from: from.to_owned(), reason, excerpt: String::new() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vectors_that_do_not_fit_are_refused() {
        let texts = ["a".to_owned(), "b".to_owned()];
        let fits = vec![vec![1.0, 0.0], vec![0.0, 1.0]];
        assert_eq!(checked(fits.clone(), &texts, "x"), Ok(fits));
        assert_eq!(checked(Vec::new(), &[], "x"), Ok(Vec::new()));
        let cases = [
            (vec![vec![1.0]], "1 vectors for 2 texts"),
            (vec![vec![], vec![]], "an empty vector"),
            (vec![vec![1.0], vec![1.0, 2.0]], "vectors of different lengths"),
            (vec![vec![1.0], vec![f32::INFINITY]], "a number that is not finite"),
        ];
        for (vectors, reason) in cases {
            let fault = checked(vectors, &texts, "x").expect_err(reason);
            assert!(fault.to_string().contains(reason), "{fault}");
        }
    }
}
