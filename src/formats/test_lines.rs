//! Where the tests of a file stand, line by line, in any language: fast enough for whole trees, and good
//! enough for saying where a test stands. Groups are told by how far they are indented.

use super::{rust_source::makes_a_test, source::has_extension};
use crate::model::TestFn;

const SCRIPTS: &[&str] = &["ts", "tsx", "js", "jsx", "mjs", "cjs", "mts", "cts"];

/// Finds test functions and titles.
pub fn test_lines(path: &str, text: &str) -> Vec<TestFn> {
    let mut found: Vec<TestFn> = Vec::new();
    let mut marked = false;
    let mut groups: Vec<(usize, String)> = Vec::new();
    for (line, text) in (1_u32..).zip(text.lines()) {
        let bare = text.trim_start();
        if bare.is_empty() {
            continue;
        }
        let indent = text.len() - bare.len();
        let is_decorated = bare.starts_with(['#', '@', '/', '*', '[']);
        if !is_decorated {
            groups.retain(|(depth, _)| *depth < indent);
        }
        if let Some(group) = group(path, bare) {
            groups.push((indent, group));
            continue;
        }
        let mut within: Vec<String> = groups.iter().map(|(_, name)| name.clone()).collect();
        let name = if has_extension(path, &["rs"]) {
            rust_line_test(text, &mut marked)
        } else if let Some((receiver, name)) = go_method(path, bare) {
            within = vec![receiver];
            Some(name)
        } else {
            line_test(path, text).or_else(|| other_test(path, bare, &mut marked))
        };
        let Some(name) = name else { continue };
        if let Some(last) = found.last_mut() {
            last.line_end = line.saturating_sub(1);
        }
        found.push(TestFn {
            pattern: has_extension(path, SCRIPTS) && name.contains(['%', '$']),
            name,
            within,
            file: path.to_owned(),
            line,
            line_end: line,
        });
    }
    if let Some(last) = found.last_mut() {
        last.line_end = u32::try_from(text.lines().count()).unwrap_or(u32::MAX);
    }
    found
}

fn word(rest: &str) -> Option<String> {
    let name: String = rest
        .chars()
        .take_while(|c| c.is_alphanumeric() || *c == '_')
        .collect();
    (!name.is_empty()).then_some(name)
}

/// The text in the quotes that a rest of a line begins with.
fn quoted(rest: &str) -> Option<String> {
    let quote = rest
        .chars()
        .next()
        .filter(|c| matches!(c, '\'' | '"' | '`'))?;
    rest.split(quote).nth(1).map(str::to_owned)
}

/// The name of the class, module or suite that a line begins.
fn group(path: &str, bare: &str) -> Option<String> {
    if has_extension(path, &["py"]) {
        return word(bare.strip_prefix("class ")?);
    }
    if has_extension(path, &["rs"]) {
        let rest = bare.strip_prefix("pub ").unwrap_or(bare);
        return word(rest.strip_prefix("mod ")?).filter(|_| bare.ends_with('{'));
    }
    if has_extension(path, SCRIPTS) {
        let rest = ["test.describe", "describe", "suite", "context"]
            .iter()
            .find_map(|f| bare.strip_prefix(f))?;
        let (_, rest) = rest.split_once('(').filter(|(front, _)| {
            front.is_empty() || front.starts_with('.') && !front.contains(' ')
        })?;
        return quoted(rest);
    }
    None
}

/// The receiver and name of a test method of Go.
fn go_method(path: &str, bare: &str) -> Option<(String, String)> {
    let rest = bare
        .strip_prefix("func (")
        .filter(|_| has_extension(path, &["go"]))?;
    let (receiver, rest) = rest.split_once(')')?;
    let receiver = receiver.split_whitespace().next_back()?;
    let receiver = word(receiver.trim_start_matches('*'))?;
    let name = word(rest.trim_start()).filter(|n| n.starts_with("Test"))?;
    Some((receiver, name))
}

/// Returns the name of the Rust test that a line starts; `marked` remembers that an attribute of a
/// test stands above.
fn rust_line_test(line: &str, marked: &mut bool) -> Option<String> {
    let text = line.trim_start();
    if let Some(attribute) = text.strip_prefix("#[") {
        let path = attribute.split(['(', ']', '=']).next().unwrap_or("");
        *marked |= makes_a_test(path);
        return None;
    }
    let rest = ["fn ", "async fn ", "pub fn ", "pub async fn "]
        .iter()
        .find_map(|f| text.strip_prefix(f))?;
    word(rest).filter(|_| std::mem::take(marked))
}

/// Returns the name of the test that a line starts, in Python, Go, JavaScript or TypeScript.
pub(super) fn line_test(path: &str, line: &str) -> Option<String> {
    let text = line.trim_start();
    if has_extension(path, &["py"]) {
        let rest = text
            .strip_prefix("async ")
            .unwrap_or(text)
            .strip_prefix("def ")?;
        return word(rest).filter(|n| n.starts_with("test"));
    }
    if has_extension(path, &["go"]) {
        return word(text.strip_prefix("func ")?).filter(|n| n.starts_with("Test"));
    }
    if has_extension(path, SCRIPTS) {
        let rest = ["it", "test"].iter().find_map(|f| text.strip_prefix(f))?;
        let rest = [".skip", ".only", ".todo", ".fails"]
            .iter()
            .find_map(|m| rest.strip_prefix(m))
            .unwrap_or(rest);
        return quoted(rest.strip_prefix('(')?);
    }
    None
}

/// Returns the name of the test that a line starts, in other languages; `marked` remembers that an
/// attribute of a test stands above.
fn other_test(path: &str, bare: &str, marked: &mut bool) -> Option<String> {
    let ending = path.rsplit('.').next().unwrap_or("").to_ascii_lowercase();
    let mark = |marks: &[&str]| marks.iter().any(|m| bare.starts_with(m));
    match ending.as_str() {
        "kt" | "java" | "scala" => {
            *marked |= mark(&[
                "@Test",
                "@ParameterizedTest",
                "@RepeatedTest",
                "@TestFactory",
            ]);
            let name = if ending == "kt" {
                let (_, rest) = bare.split_once("fun ")?;
                quoted(rest).or_else(|| word(rest))
            } else {
                called(bare)
            };
            name.filter(|_| std::mem::take(marked))
        }
        "cs" => {
            *marked |= mark(&["[Test", "[Fact", "[Theory", "[DataTestMethod"]);
            called(bare)
                .filter(|_| !bare.starts_with('['))
                .filter(|_| std::mem::take(marked))
        }
        "swift" => word(bare.split_once("func ")?.1).filter(|n| n.starts_with("test")),
        "php" => {
            *marked |= mark(&["#[Test", "* @test", "/** @test"]);
            let name = word(bare.split_once("function ")?.1)?;
            (std::mem::take(marked) || name.starts_with("test")).then_some(name)
        }
        "rb" => ["it ", "test ", "specify ", "scenario "]
            .iter()
            .find_map(|f| quoted(bare.strip_prefix(f)?))
            .or_else(|| word(bare.strip_prefix("def ")?).filter(|n| n.starts_with("test"))),
        "ex" | "exs" => quoted(bare.strip_prefix("test ")?),
        "sh" | "bats" => quoted(bare.strip_prefix("@test ")?),
        "c" | "cc" | "cpp" | "cxx" => {
            let (front, rest) = bare.split_once('(')?;
            match front {
                "TEST_CASE" | "SCENARIO" => quoted(rest),
                "TEST" | "TEST_F" | "TEST_P" | "TYPED_TEST" => word(rest.split_once(',')?.1.trim()),
                _ => None,
            }
        }
        _ => None,
    }
}

/// The name before the first bracket of a line.
fn called(bare: &str) -> Option<String> {
    let (front, _) = bare.split_once('(')?;
    word(front.split_whitespace().next_back()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The paths of the tests of a file.
    fn found(path: &str, text: &str) -> Vec<String> {
        let tests = test_lines(path, text).into_iter();
        tests
            .map(|t| t.path().collect::<Vec<_>>().join("/"))
            .collect()
    }

    #[test]
    fn tests_stand_in_their_groups() {
        for (path, text, want) in [
            (
                "a.py",
                "class TestA:\n    x = 1\n\n    def test_one(self):\n        pass\n\ndef test_two():\n    pass\n",
                vec!["TestA/test_one", "test_two"],
            ),
            (
                "a.test.ts",
                "describe('a', () => {\n  describe.skip('b', () => {\n    it('c', f);\n  });\n  test('d', f);\n});\nit('e', f);\n",
                vec!["a/b/c", "a/d", "e"],
            ),
            (
                "a_test.go",
                "func TestA(t *testing.T) {\n}\n\nfunc (s *Suite) TestB() {\n}\n",
                vec!["TestA", "Suite/TestB"],
            ),
            (
                "a.rs",
                "mod m {\n    #[test]\n    fn one() {}\n    fn not() {}\n}\n#[test]\nfn two() {}\n",
                vec!["m/one", "two"],
            ),
            (
                "A.kt",
                "class A {\n    @Test\n    fun `pays once`() {}\n    fun not() {}\n}\n",
                vec!["pays once"],
            ),
            (
                "A.cs",
                "public class A {\n    [Fact]\n    public void Pays() {}\n    void Not() {}\n}\n",
                vec!["Pays"],
            ),
            (
                "a_spec.rb",
                "describe 'a' do\n  it 'pays' do\n",
                vec!["pays"],
            ),
            ("A.swift", "func testPays() {\n", vec!["testPays"]),
            (
                "ATest.php",
                "public function testPays() {\n",
                vec!["testPays"],
            ),
            (
                "a.cpp",
                "TEST_F(Cart, Pays) {\nTEST_CASE(\"pays\") {\n",
                vec!["Pays", "pays"],
            ),
        ] {
            assert_eq!(found(path, text), want, "{path}");
        }
    }
}
