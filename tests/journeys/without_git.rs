//! A machine on which no git is installed.

use super::tools::Home;
use crate::support::forge::forge;

#[tokio::test(flavor = "multi_thread")]
async fn without_git_a_failed_test_still_leads_to_its_requirement() {
    let forge = forge(0).await;
    let change = forge.truth().story().unwrap().number.to_string();
    let bare = tempfile::tempdir().unwrap();
    let home = Home::on(&forge).with("PATH", &bare.path().display().to_string());
    let said = home.run(&["doctor"]);
    assert!(
        said.out.contains("git is not installed") && said.out.contains("over the API"),
        "{}",
        said.out
    );
    home.run(&["sync"]).ended(0);
    let traced = home.run(&[
        "trace",
        &change,
        "capture::concurrent_retries_charge_once",
        "--json",
    ]);
    let traced = traced.ended(0).json();
    let requirement = &traced["requirements"][0];
    assert_eq!(requirement["id"], "REQ-PAY-18", "{traced}");
    let shown = home.run(&["show", &change, "--json"]).ended(0).json();
    assert_eq!(shown["stages"][2]["verdict"], "pass", "{}", shown["stages"]);
}
