//! `keys`: what each key does.

use super::{common::Common, error::CliError, json, out::output};
use crate::{
    app::help,
    keys::{Keymap, Scope},
};

/// Runs the command.
pub(super) fn run(common: &Common) -> Result<u8, CliError> {
    let (keymap, _) =
        Keymap::shipped("vim").ok_or_else(|| CliError::data("the keymap is missing"))?;
    let table = help::table(&keymap);
    output(
        common,
        || json::keys(&table),
        || {
            let mut out = String::new();
            for scope in Scope::ALL {
                out += &format!("[{}]\n", scope.name());
                for (_, keys, what) in table.iter().filter(|(s, ..)| *s == scope) {
                    out += &format!("  {keys:<22} {what}\n");
                }
            }
            out
        },
    )
}
