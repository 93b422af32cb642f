//! Entities and character references.

/// Resolves a reference by its name; one that is not known stays as it is written.
pub(super) fn resolve(name: &str) -> String {
    let number = name
        .strip_prefix('#')
        .and_then(|n| match n.strip_prefix(['x', 'X']) {
            Some(hex) => u32::from_str_radix(hex, 16).ok(),
            None => n.parse().ok(),
        });
    match name {
        "amp" => "&".to_owned(),
        "lt" => "<".to_owned(),
        "gt" => ">".to_owned(),
        "quot" => "\"".to_owned(),
        "apos" => "'".to_owned(),
        _ => number
            .and_then(char::from_u32)
            .map_or_else(|| format!("&{name};"), String::from),
    }
}
