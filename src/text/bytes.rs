//! Sizes in words.

/// Writes a number of bytes as people read it: `0 B`, `12 KiB`, `3.4 MiB`.
pub fn bytes(count: u64) -> String {
    const UNITS: [&str; 5] = ["B", "KiB", "MiB", "GiB", "TiB"];
    let mut unit = 0;
    let mut scale = 1_u64;
    while count / scale >= 1024 && unit + 1 < UNITS.len() {
        scale *= 1024;
        unit += 1;
    }
    let (whole, tenth) = (count / scale, count % scale * 10 / scale);
    let name = UNITS.get(unit).unwrap_or(&"B");
    if unit > 0 && whole < 10 {
        format!("{whole}.{tenth} {name}")
    } else {
        format!("{whole} {name}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_as_people_read_them() {
        let table = [
            (0, "0 B"),
            (1023, "1023 B"),
            (1024, "1.0 KiB"),
            (12_400, "12 KiB"),
            (3_565_158, "3.3 MiB"),
            (u64::MAX, "16777215 TiB"),
        ];
        for (count, expected) in table {
            assert_eq!(bytes(count), expected);
        }
    }
}
