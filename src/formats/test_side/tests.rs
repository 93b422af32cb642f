//! What a change of one file says of one test, in a table of small files.

use proptest::prelude::*;

use super::*;
use Touch::{Changed, LeftAlone, NotAnalysed, Weakened};

fn of(path: &str, old: &str, new: &str, test: &str) -> Touch {
    let text = |t: &'static str| (!t.is_empty()).then_some(t);
    let leak = |t: &str| text(Box::leak(t.to_owned().into_boxed_str()));
    let change = Change {
        path,
        old: leak(old),
        new: leak(new),
        known: true,
    };
    Sides::of(change).touch(&TestKey::named(test))
}

const PY: &str = "import pay\n\n\ndef helper():\n    return 1\n\n\ndef test_one():\n    \"\"\"One.\n\nMore.\n    \"\"\"\n    assert helper() == 1\n\n\n@mark(\"(\")\ndef test_two(\n    a,\n):\n    assert a\n";
const TS: &str = "import { a } from './a';\n\ndescribe('sum', () => {\n  it('adds', () => {\n    expect(a(')')).toBe(3);\n  });\n\n  it('stays', () => {\n    expect(a(1)).toBe(1);\n  });\n});\n";
const GO: &str = "package a\n\nfunc help() int { return 1 }\n\nfunc TestOne(t *testing.T) {\n\tif help() != 1 {\n\t\tt.Fatal()\n\t}\n}\n\nfunc TestTwo(t *testing.T) {\n\tt.Log(`}`)\n}\n";
const RS: &str = "use pay::charge;\n\nfn helper() -> u32 { 1 }\n\n#[test]\nfn one() {\n    assert_eq!(charge(), helper());\n}\n\n#[test]\nfn two() {\n    assert!(charge() > 0);\n}\n";

// [verifies PL-TRC-2]
#[test]
fn a_test_was_left_alone_where_all_changes_are_inside_of_other_tests() {
    let cases: &[(&str, &str, &str, &str, &str, Touch)] = &[
        // Python.
        (
            "t/test_a.py",
            PY,
            "    assert a\n",
            "    assert a\n    assert b\n",
            "t.test_a::test_one",
            LeftAlone,
        ),
        (
            "t/test_a.py",
            PY,
            "assert helper() == 1",
            "assert helper()",
            "t.test_a::test_one",
            NotAnalysed,
        ),
        (
            "t/test_a.py",
            PY,
            "assert helper() == 1",
            "assert helper()",
            "t.test_a::test_two[x-1]",
            LeftAlone,
        ),
        (
            "t/test_a.py",
            PY,
            "    assert a\n",
            "    pass\n",
            "t.test_a::test_two[x-1]",
            NotAnalysed,
        ),
        (
            "t/test_a.py",
            PY,
            "return 1",
            "return 2",
            "t.test_a::test_one",
            NotAnalysed,
        ),
        (
            "t/test_a.py",
            PY,
            "import pay\n",
            "import pay\npytestmark = skip\n",
            "t.test_a::test_one",
            NotAnalysed,
        ),
        (
            "t/test_a.py",
            PY,
            "\n\ndef helper",
            "\n\n# A note.\ndef helper",
            "t.test_a::test_one",
            LeftAlone,
        ),
        (
            "t/test_a.py",
            PY,
            "@mark(\"(\")",
            "@mark(\"[\")",
            "t.test_a::test_one",
            LeftAlone,
        ),
        (
            "t/test_a.py",
            PY,
            "def test_two",
            "def test_one",
            "t.test_a::test_one",
            NotAnalysed,
        ),
        (
            "t/test_a.py",
            PY,
            "More.",
            "Less.",
            "t.test_a::test_two",
            LeftAlone,
        ),
        // A test that another one calls is no mere test.
        (
            "t/test_a.py",
            "def test_h():\n    return 1\n\ndef test_x():\n    assert test_h() == 1\n",
            "return 1",
            "return 2",
            "t.test_a::test_x",
            NotAnalysed,
        ),
        (
            "t/test_a.py",
            "@pytest.fixture\ndef test_h():\n    return 1\n\ndef test_x(t):\n    assert t\n",
            "return 1",
            "return 2",
            "t.test_a::test_x",
            NotAnalysed,
        ),
        // TypeScript.
        (
            "w/a.test.ts",
            TS,
            "a(1)).toBe(1)",
            "a(2)).toBe(2)",
            "w/a.test.ts::sum > adds",
            LeftAlone,
        ),
        (
            "w/a.test.ts",
            TS,
            "toBe(3)",
            "toBeTruthy()",
            "w/a.test.ts::sum adds",
            NotAnalysed,
        ),
        (
            "w/a.test.ts",
            TS,
            "describe('sum'",
            "describe.skip('sum'",
            "w/a.test.ts::sum > adds",
            NotAnalysed,
        ),
        (
            "w/a.test.ts",
            TS,
            "it('stays'",
            "it.skip('stays'",
            "w/a.test.ts::sum > adds",
            LeftAlone,
        ),
        (
            "w/a.test.ts",
            TS,
            "it('stays'",
            "it('stays %s'",
            "w/a.test.ts::sum > adds",
            NotAnalysed,
        ),
        (
            "w/a.test.ts",
            TS,
            "'./a'",
            "'./b'",
            "w/a.test.ts::adds",
            NotAnalysed,
        ),
        // Go.
        (
            "a/a_test.go",
            GO,
            "t.Log(`}`)",
            "t.Log(`{`)",
            "a::TestOne",
            LeftAlone,
        ),
        (
            "a/a_test.go",
            GO,
            "return 1",
            "return 2",
            "a::TestOne",
            NotAnalysed,
        ),
        (
            "a/a_test.go",
            GO,
            "t.Fatal()",
            "t.Skip()",
            "a::TestOne/sub",
            NotAnalysed,
        ),
        // Rust.
        (
            "tests/a.rs",
            RS,
            "charge() > 0",
            "charge() > 1",
            "a::one",
            LeftAlone,
        ),
        (
            "tests/a.rs",
            RS,
            "assert_eq!(charge(), helper())",
            "assert!(charge() > 0)",
            "a::one",
            Weakened,
        ),
        (
            "tests/a.rs",
            RS,
            "assert_eq!(charge(), helper())",
            "assert_eq!(charge(), 2)",
            "a::one",
            Changed,
        ),
        ("tests/a.rs", RS, "{ 1 }", "{ 2 }", "a::one", NotAnalysed),
        (
            "tests/a.rs",
            RS,
            "#[test]\nfn one",
            "#[test]\n#[should_panic]\nfn one",
            "a::one",
            NotAnalysed,
        ),
        (
            "tests/a.rs",
            RS,
            "#[test]\nfn one",
            "#[cfg(any())]\n#[test]\nfn one",
            "a::one",
            NotAnalysed,
        ),
        (
            "tests/a.rs",
            RS,
            "fn helper",
            "// Helps.\nfn helper",
            "a::one",
            LeftAlone,
        ),
        (
            "tests/a.rs",
            RS,
            "use pay::charge;",
            "use fake::charge;",
            "a::one",
            NotAnalysed,
        ),
        (
            "tests/a.rs",
            RS,
            "fn two() {",
            "fn two() { {",
            "a::one",
            NotAnalysed,
        ),
        (
            "tests/a.rs",
            RS,
            "assert_eq!(charge(), helper())",
            "assert_eq!(charge(), 2)",
            "a::one::case_1",
            Changed,
        ),
        // Code beside tests.
        (
            "src/a.rs",
            "fn a() -> u32 { 1 }\n#[cfg(test)]\nmod tests {\n    fn h() -> u32 { 1 }\n    #[test]\n    fn one() { assert!(a() == h()); }\n}\n",
            "fn a() -> u32 { 1 }",
            "fn a() -> u32 { 2 }",
            "a::tests::one",
            LeftAlone,
        ),
        (
            "src/a.rs",
            "fn a() -> u32 { 1 }\n#[cfg(test)]\nmod tests {\n    fn h() -> u32 { 1 }\n    #[test]\n    fn one() { assert!(a() == h()); }\n}\n",
            "fn h() -> u32 { 1 }",
            "fn h() -> u32 { 2 }",
            "a::tests::one",
            NotAnalysed,
        ),
        (
            "src/a.rs",
            "fn a() -> u32 { 1 }\n",
            "{ 1 }",
            "{ if cfg!(test) { 2 } else { 1 } }",
            "a::tests::one",
            NotAnalysed,
        ),
        (
            "src/a.rs",
            "fn a() -> u32 { 1 }\n",
            "fn a",
            "#[cfg(not(test))]\nfn a",
            "a::tests::one",
            NotAnalysed,
        ),
        (
            "src/a.rs",
            "fn a() -> u32 { 1 }\n",
            "{ 1 }\n",
            "{ 2 }\n#[cfg(test)]\nmod tests {\n    #[test]\n    fn new() {}\n}\n",
            "a::tests::one",
            LeftAlone,
        ),
    ];
    for (path, text, old, new, test, expected) in cases {
        assert!(text.contains(old), "{old}");
        let changed = text.replacen(old, new, 1);
        assert_eq!(
            of(path, text, &changed, test),
            *expected,
            "{path} {test}: {old:?} -> {new:?}"
        );
    }
}

// [verifies PL-TRC-2]
#[test]
fn other_files_count_by_what_they_are() {
    let cases: &[(&str, &str, &str, Touch)] = &[
        ("src/pay.py", "x = 1", "x = 2", LeftAlone),
        (
            "checks/pay.py",
            "def test_one():\n    assert 1\n",
            "def test_one():\n    pass\n",
            NotAnalysed,
        ),
        ("tests/helpers.py", "x = 1", "x = 2", NotAnalysed),
        (
            "tests/conftest.py",
            "",
            "def pytest_collection_modifyitems(): pass",
            NotAnalysed,
        ),
        (
            "pytest.ini",
            "[pytest]\n",
            "[pytest]\naddopts = -k x\n",
            NotAnalysed,
        ),
        ("setup.cfg", "a", "b", NotAnalysed),
        ("jest.config.ts", "a", "b", NotAnalysed),
        ("vitest.config.mts", "a", "b", NotAnalysed),
        (".config/nextest.toml", "a", "b", NotAnalysed),
        ("tests/data/expected.json", "1", "2", NotAnalysed),
        ("tests/data/expected.txt", "1", "2", NotAnalysed),
        ("web/__snapshots__/a.ts.snap", "1", "2", NotAnalysed),
        ("app/fixtures/users.rb", "1", "2", NotAnalysed),
        (
            "tests/test_new.py",
            "",
            "def test_new():\n    pass\n",
            LeftAlone,
        ),
        (
            "tests/test_new.py",
            "",
            "def test_one():\n    pass\n",
            NotAnalysed,
        ),
        (
            "a/new_test.go",
            "",
            "package a\n\nfunc TestMain(m *testing.M) {\n}\n",
            NotAnalysed,
        ),
        ("src/test/java/PayTest.java", "a", "b", NotAnalysed),
        ("pay/PayTests.cs", "a", "b", NotAnalysed),
        ("pay/Pay.java", "int a;", "int b;", LeftAlone),
        (
            "pay/Checks.java",
            "void test_one() {}",
            "void test_one() {return;}",
            NotAnalysed,
        ),
        ("README.md", "a", "b", LeftAlone),
        ("docs/spec/pay.md", "a", "b", LeftAlone),
        ("Cargo.lock", "a", "b", LeftAlone),
        (
            "package.json",
            "  \"vitest\": \"^1.0.0\",\n",
            "  \"vitest\": \"^2.0.0\",\n",
            LeftAlone,
        ),
        (
            "package.json",
            "  \"test\": \"vitest\"\n",
            "  \"test\": \"vitest -t two\"\n",
            NotAnalysed,
        ),
        (
            "Cargo.toml",
            "[package]\n",
            "[package]\nautotests = false\n",
            NotAnalysed,
        ),
        (
            ".github/workflows/ci.yml",
            "- uses: a/b@v1\n",
            "- uses: a/b@v2 # new\n",
            LeftAlone,
        ),
        (
            ".github/workflows/ci.yml",
            "- run: pytest\n",
            "- run: pytest -k two\n",
            NotAnalysed,
        ),
        ("CODEOWNERS", "a", "b", LeftAlone),
    ];
    for (path, old, new, expected) in cases {
        assert_eq!(
            of(path, old, new, "tests.test_pay::test_one"),
            *expected,
            "{path}: {old:?} -> {new:?}"
        );
    }
}

#[test]
fn what_is_not_here_is_not_analysed() {
    let touch_of = |path: &str| {
        let change = Change {
            path,
            old: None,
            new: None,
            known: false,
        };
        Sides::of(change).touch(&TestKey::named("tests.test_pay::test_one"))
    };
    for path in [
        "tests/test_pay.py",
        "src/a.rs",
        "Cargo.toml",
        ".github/workflows/ci.yml",
    ] {
        assert_eq!(touch_of(path), NotAnalysed, "{path}");
    }
    assert_eq!(touch_of("src/logo.png"), LeftAlone);
}

#[test]
fn languages_and_files_are_named_once() {
    let paths = [
        "a/test_a.py",
        "b/test_b.py",
        "pytest.ini",
        "a.rs",
        "b.go",
        "c.java",
    ];
    assert_eq!(
        in_words(paths.into_iter()),
        "Python, pytest.ini, Rust and 2 more"
    );
}

proptest! {
    #[test]
    fn nothing_panics(text in "(def test_one\\(\\):|it\\('a'|func TestOne\\(|fn one\\(\\)|#\\[test\\]|\\{|\\}|\\)|\\(|'|\"|`|    |\n|@x|x){0,25}") {
        for path in ["tests/test_a.py", "a.test.ts", "a_test.go", "tests/a.rs"] {
            let _ = of(path, &text, PY, "a::test_one");
            prop_assert_eq!(of(path, &text, &text, "a::test_one"), LeftAlone);
        }
    }
}
