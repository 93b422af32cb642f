//! Which test an annotation belongs to, by small files of each language.

use proptest::prelude::*;

use super::*;

/// Each id with the path of its test, `-` where it has none.
fn bound(path: &str, text: &str) -> Vec<String> {
    let found = annotations(path, text).into_iter();
    let shown = |a: TestAnnotation| {
        let test = a.test.map(|t| t.path().collect::<Vec<_>>().join("/"));
        format!("{} {}", a.req, test.unwrap_or_else(|| "-".to_owned()))
    };
    found.map(shown).collect()
}

// [verifies PL-TRC-1]
#[test]
fn an_annotation_belongs_to_the_test_below_or_around() {
    for (path, text, want) in [
        (
            "tests/a.rs",
            "// [verifies R-1]\n/// Doc.\n#[test]\nfn one() {\n    // [verifies R-2, R-3]\n    assert!(true);\n}\n\n// [verifies R-4]\nfn helper() {}\n",
            vec!["R-1 one", "R-2 one", "R-3 one", "R-4 -"],
        ),
        (
            "tests/b.rs",
            "// [verifies R-1]\nmod a {\n    #[test]\n    fn one() {}\n    mod b {\n        #[smol::test]\n        async fn two() {}\n    }\n}\n",
            vec!["R-1 a/one", "R-1 a/b/two"],
        ),
        (
            "tests/c.rs",
            "#[test]\nfn first() {}\n\n// [verifies R-1]\n#[rstest]\n#[case(1)]\n// more\n#[case(\n    2,\n)]\nfn table(#[case] n: u32) {}\n",
            vec!["R-1 table"],
        ),
        (
            "t.py",
            "def test_first():\n    pass\n\n# [verifies R-1]\n@pytest.mark.parametrize(\n    \"a\",\n    [1, 2],\n)\n# another\n@mark\nasync def test_second(a):\n    # [verifies R-2]\n    pass\n",
            vec!["R-1 test_second", "R-2 test_second"],
        ),
        (
            "u.py",
            "def test_first():\n    pass\n\n\n# [verifies R-1]\nclass TestB:\n    def test_b(self):\n        pass\n\n    def test_c(self):\n        pass\n\n    # [verifies R-2]\n    def helper(self):\n        pass\n",
            vec!["R-1 TestB/test_b", "R-1 TestB/test_c", "R-2 -"],
        ),
        (
            "v.py",
            "def test_first():\n    assert x\n    # [verifies R-1]\n\n\ndef test_second():\n    pass\n\nclass TestC:\n    # [verifies R-2]\n    def test_third(self):\n        pass\n        # [verifies R-3]\n",
            vec![
                "R-1 test_first",
                "R-2 TestC/test_third",
                "R-3 TestC/test_third",
            ],
        ),
        (
            "a.test.ts",
            "it('opens', () => {});\n// [verifies R-1]\nit.each([1, 2])('adds %i', (n) => {});\n/* [verifies R-2] */\ntest.concurrent.skip(\n  'closes',\n  () => {},\n);\n",
            vec!["R-1 adds %i", "R-2 closes"],
        ),
        (
            "b.test.tsx",
            "// [verifies R-1]\ndescribe('cart', () => {\n  beforeEach(f);\n  it('a', () => {});\n  // [verifies R-2]\n  it(`b ${n}`, () => {\n    // [verifies R-3]\n  });\n  // [verifies R-4]\n  const x = 1;\n  it('c', () => {});\n});\n",
            vec![
                "R-1 cart/a",
                "R-1 cart/b ${}",
                "R-1 cart/c",
                "R-2 cart/b ${}",
                "R-3 cart/b ${}",
                "R-4 -",
            ],
        ),
        (
            "c.spec.js",
            "// [verifies R-1]\ntest.each`\n  a | b\n  ${1} | ${2}\n`('adds $a', ({ a }) => {});\n// [verifies R-2]\ntest.describe.parallel('group', () => { test('x', f) });\n",
            vec!["R-1 adds $a", "R-2 group/x"],
        ),
        (
            "a_test.go",
            "func TestOpen(t *testing.T) {}\n\n// [verifies R-1]\nfunc (s *Suite) TestClose() {\n}\n\nfunc TestAll(t *testing.T) {\n\t// [verifies R-2]\n\tt.Run(\"an empty one\", func(t *testing.T) {})\n\t// [verifies R-3]\n\tx := 1\n}\n",
            vec![
                "R-1 Suite/TestClose",
                "R-2 TestAll/an empty one",
                "R-3 TestAll",
            ],
        ),
        (
            "ATest.java",
            "class ATest {\n  @Test void first() {}\n\n  // [verifies R-1]\n  @ParameterizedTest\n  @ValueSource(ints = {1,\n    2})\n  void second(int n) {}\n\n  /** [verifies R-2] */\n  @Nested\n  class Inner {\n    @Test void third() {}\n  }\n  @DisplayName(\"[verifies R-3]\") @Test void fourth() {}\n}\n",
            vec![
                "R-1 ATest/second",
                "R-2 ATest/Inner/third",
                "R-3 ATest/fourth",
            ],
        ),
        (
            "ATest.kt",
            "class A {\n    // [verifies R-1]\n    @Test\n    fun pays() {}\n}\n",
            vec!["R-1 pays"],
        ),
        (
            "a_spec.rb",
            "# [verifies R-1]\nit 'pays' do\n",
            vec!["R-1 pays"],
        ),
    ] {
        assert_eq!(bound(path, text), want, "{path}");
    }
}

#[test]
fn words_in_no_comment_of_a_test_name_nothing() {
    for (path, text) in [
        (
            "a.rs",
            "const X: &str = \"// [verifies R-1]\";\n#[test]\nfn one() {}\n",
        ),
        (
            "a.rs",
            "#[test]\nfn one() {\n    let s = r#\"// [verifies R-1]\"#;\n}\n",
        ),
        (
            "a.py",
            "HELP = \"# [verifies R-1]\"\ndef test_x():\n    pass\n",
        ),
        ("a.py", "def test_x():\n    \"\"\"[verifies R-1]\"\"\"\n"),
        (
            "a.py",
            "\"\"\"\n# [verifies R-1]\n\"\"\"\ndef test_x():\n    pass\n",
        ),
        (
            "a.js",
            "const help = \"// [verifies R-1]\";\ntest('x', f);\n",
        ),
        (
            "a.ts",
            "const help = `\n// [verifies R-1]\n`;\ntest('x', f);\n",
        ),
        (
            "a_test.go",
            "var x = `// [verifies R-1]`\nfunc TestX(t *testing.T) {}\n",
        ),
        (
            "A.java",
            "class A { String s = \"// [verifies R-1]\"; @Test void x() {} }\n",
        ),
        ("a_spec.rb", "x = \"# [verifies R-1]\"\nit 'pays' do\n"),
        (
            "A.kt",
            "val x = \"// [verifies R-1]\"\n@Test fun pays() {}\n",
        ),
    ] {
        assert_eq!(annotations(path, text), [], "{path}: {text}");
    }
}

#[test]
fn a_comment_behind_code_belongs_to_that_code() {
    for (path, text, want) in [
        (
            "a.py",
            "X = 1  # [verifies R-1]\ndef test_x():\n    pass\n",
            "R-1 -",
        ),
        (
            "a.py",
            "def test_x():  # [verifies R-1]\n    pass\n\ndef test_y():\n    pass\n",
            "R-1 test_x",
        ),
        (
            "a.js",
            "test('x', f); // [verifies R-1]\ntest('y', f);\n",
            "R-1 x",
        ),
    ] {
        assert_eq!(bound(path, text), [want], "{text}");
    }
}

#[test]
fn what_was_read_line_by_line_says_so() {
    for (path, text, by_lines) in [
        ("a.py", "# [verifies R-1]\ndef test_x(): pass\n", false),
        ("a_spec.rb", "# [verifies R-1]\nit 'x' do\n", true),
    ] {
        assert_eq!(annotations(path, text)[0].by_lines, by_lines, "{path}");
    }
}

proptest! {
    #[test]
    fn never_panics(text in "\\PC{0,40}", tail in "[a-z(){}'\"`#/*@\\[\\]\n ]{0,60}") {
        for path in ["a.rs", "a.py", "a.ts", "a.tsx", "a.js", "a.go", "a.java", "a.kt", "a.rb"] {
            let _ = annotations(path, &format!("{tail}// [verifies {text}\n# [verifies X]\n{tail}"));
        }
    }
}
