//! Numbers as reporters write them.

/// Reads `1,234` and `12.0` as numbers; anything else is no number.
pub(super) fn number(text: &str) -> Option<u64> {
    let text = text.trim().replace(',', "");
    let whole = text.split('.').next().unwrap_or("");
    whole.parse().ok()
}

/// Reads seconds with a point or, where there is no point, one decimal comma.
pub(super) fn millis(text: &str) -> Option<u64> {
    let text = text.trim();
    let seconds: f64 = if !text.contains(',') {
        text.parse().ok()?
    } else if text.contains('.') {
        text.replace(',', "").parse().ok()?
    } else {
        text.replace(',', ".").parse().ok()?
    };
    let millis = (seconds * 1000.0).round();
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "checked to lie between 0 and 1e12"
    )]
    (0.0..1e12).contains(&millis).then_some(millis as u64)
}
