//! What a call costs.

use super::answer::Usage;
use crate::money::MicroUsd;
use crate::registry::model::Pricing;

/// Nano-dollars for a million tokens times tokens, in one micro-dollar.
const PER_MICRO: u128 = 1_000_000_000;

/// Returns what a call cost; `None` where a price that it needs is not known.
///
/// Prices are taken as whole nano-dollars for a million tokens, multiplied and added exactly, and
/// the sum is rounded half up to a micro-dollar, once for each call. Cached tokens cost the input
/// price where they have none of their own. Where only a price for the request is known, tokens
/// cost nothing.
#[must_use]
pub fn cost(pricing: Option<&Pricing>, usage: &Usage) -> Option<MicroUsd> {
    let pricing = pricing?;
    let request = match pricing.per_request_usd {
        None => None,
        Some(price) => Some(nano(price)?),
    };
    let by_token = pricing.input_per_mtok_usd.is_some() || pricing.output_per_mtok_usd.is_some();
    if !by_token {
        return Some(rounded(request? * 1_000_000));
    }
    let input = pricing.input_per_mtok_usd;
    let cached = pricing.cached_input_per_mtok_usd.or(input);
    let cached_tokens = usage.cached_input_tokens.min(usage.input_tokens);
    let sum = part(input, usage.input_tokens - cached_tokens)?
        .checked_add(part(cached, cached_tokens)?)?
        .checked_add(part(pricing.output_per_mtok_usd, usage.output_tokens)?)?
        .checked_add(request.unwrap_or_default() * 1_000_000)?;
    Some(rounded(sum))
}

/// Multiplies; without tokens no price is needed.
fn part(price_usd: Option<f64>, tokens: u64) -> Option<u128> {
    if tokens == 0 { Some(0) } else { nano(price_usd?)?.checked_mul(u128::from(tokens)) }
}

/// Reads a price as whole nano-dollars; `None` for what can be no price.
fn nano(price_usd: f64) -> Option<u128> {
    /// More than the schema of models lets through.
    const MOST_USD: f64 = 1e10;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the number is whole, not negative and below 1e19"
    )]
    (0.0..=MOST_USD).contains(&price_usd).then(|| (price_usd * 1e9).round() as u128)
}

fn rounded(sum: u128) -> MicroUsd {
    let micro = (sum + PER_MICRO / 2) / PER_MICRO;
    MicroUsd(u64::try_from(micro).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn pricing(input: Option<f64>, output: Option<f64>) -> Pricing {
        Pricing { input_per_mtok_usd: input, output_per_mtok_usd: output, ..Pricing::default() }
    }

    fn usage(input: u64, output: u64, cached: u64) -> Usage {
        Usage { input_tokens: input, output_tokens: output, cached_input_tokens: cached }
    }

    #[test]
    fn a_call_costs_its_tokens_rounded_half_up() {
        let mini = pricing(Some(0.15), Some(0.60));
        let cases = [
            ((120, 20, 0), 30),
            ((1_000_000, 0, 0), 150_000),
            ((3, 0, 0), 0),
            ((10, 0, 0), 2),
            ((0, 0, 0), 0),
            ((100, 0, 100), 15),
        ];
        for ((input, output, cached), expected) in cases {
            let found = cost(Some(&mini), &usage(input, output, cached));
            assert_eq!(found, Some(MicroUsd(expected)), "{input} {output} {cached}");
        }
    }

    #[test]
    fn cached_tokens_and_requests_have_prices_of_their_own() {
        let priced = Pricing {
            cached_input_per_mtok_usd: Some(0.5),
            per_request_usd: Some(0.01),
            ..pricing(Some(1.0), Some(2.0))
        };
        assert_eq!(cost(Some(&priced), &usage(100, 10, 40)), Some(MicroUsd(60 + 20 + 20 + 10_000)));
        let flat = Pricing { per_request_usd: Some(0.01), ..Pricing::default() };
        assert_eq!(cost(Some(&flat), &usage(100, 10, 0)), Some(MicroUsd(10_000)));
    }

    #[test]
    fn what_has_no_price_is_not_free() {
        assert_eq!(cost(None, &usage(1, 1, 0)), None);
        assert_eq!(cost(Some(&Pricing::default()), &usage(1, 1, 0)), None);
        assert_eq!(cost(Some(&pricing(Some(1.0), None)), &usage(1, 1, 0)), None);
        assert_eq!(cost(Some(&pricing(None, Some(1.0))), &usage(1, 1, 0)), None);
        assert_eq!(cost(Some(&pricing(Some(f64::NAN), None)), &usage(1, 0, 0)), None);
        assert_eq!(cost(Some(&pricing(Some(-1.0), None)), &usage(1, 0, 0)), None);
        assert_eq!(cost(Some(&pricing(Some(1.0), None)), &usage(7, 0, 0)), Some(MicroUsd(7)));
    }

    proptest! {
        #[test]
        fn more_tokens_never_cost_less(input in 0_u64..u64::MAX, output in 0_u64..1_000_000) {
            let priced = pricing(Some(1e9), Some(0.000_001));
            let one = cost(Some(&priced), &usage(input, output, 0));
            let more = cost(Some(&priced), &usage(input, output + 1, 0));
            prop_assert!(one.is_some() && one <= more);
        }
    }
}
