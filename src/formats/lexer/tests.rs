//! Small files of each language, with what is a comment in them.

use proptest::prelude::*;

use super::*;

const ALL: [Language; 11] = [
    Language::Rust,
    Language::Python,
    Language::JavaScript,
    Language::TypeScript,
    Language::Go,
    Language::Java,
    Language::Kotlin,
    Language::CSharp,
    Language::C,
    Language::Yaml,
    Language::Toml,
];

fn comments(language: Language, text: &str) -> Vec<(usize, String)> {
    let all = lines(language, text).unwrap_or_default();
    (1..)
        .zip(all)
        .flat_map(|(n, pieces)| pieces.into_iter().map(move |p| (n, p)))
        .filter(|(_, p)| matches!(p.part, Part::LineComment | Part::BlockComment))
        .map(|(n, p)| (n, p.text.to_owned()))
        .collect()
}

#[test]
fn comments_are_told_from_strings() {
    use Language::{C, CSharp, Go, Java, JavaScript, Kotlin, Python, Rust, Toml, TypeScript, Yaml};
    type Case = (Language, &'static str, &'static [(usize, &'static str)]);
    let cases: &[Case] = &[
        (Rust, "let a = \"// no\"; // yes", &[(1, "// yes")]),
        (Rust, "let a = r#\"\" // no\"#; // yes", &[(1, "// yes")]),
        (Rust, "let a = r\"\\\"; // yes", &[(1, "// yes")]),
        (Rust, "let a = br##\"\"# // no\"##;", &[]),
        (Rust, "let a = b\"\\\" // no\";", &[]),
        (Rust, "let a = \"one\n// no\n\"; // yes", &[(3, "// yes")]),
        (Rust, "let q = '\"'; // yes \"", &[(1, "// yes \"")]),
        (Rust, "let q = '\\''; // yes", &[(1, "// yes")]),
        (Rust, "fn f<'a>(x: &'a str) {} // yes '", &[(1, "// yes '")]),
        (Rust, "/* a /* b */ c */ x", &[(1, "/* a /* b */ c */")]),
        (Rust, "/* a\nb */ x", &[(1, "/* a"), (2, "b */")]),
        (Python, "x = '# no'  # yes", &[(1, "# yes")]),
        (Python, "\"\"\"Doc.\n# no\n\"\"\"\n# yes", &[(4, "# yes")]),
        (Python, "x = r'\\'  # yes'", &[]),
        (Python, "x = '''it's # no'''  # yes", &[(1, "# yes")]),
        (
            JavaScript,
            "a(`// no ${b(\"// no\") /* yes */} // no`)",
            &[(1, "/* yes */")],
        ),
        (JavaScript, "a(`${ {b: `${c}`} }`) // yes", &[(1, "// yes")]),
        (
            JavaScript,
            "a.replace(/\"\\/[/\"]/g, '') // yes",
            &[(1, "// yes")],
        ),
        (JavaScript, "a = b / c; // yes / no", &[(1, "// yes / no")]),
        (TypeScript, "return /'/.test(a) // yes", &[(1, "// yes")]),
        (TypeScript, "<p>Don't // no</p>\n// yes", &[(2, "// yes")]),
        (Go, "a := `\n// no\n` // yes", &[(3, "// yes")]),
        (Go, "a := \"\\\"// no\" // yes", &[(1, "// yes")]),
        (
            Java,
            "a = \"\"\"\n  // no\n  \"\"\"; // yes",
            &[(3, "// yes")],
        ),
        (Java, "c = '\"'; // yes", &[(1, "// yes")]),
        (Kotlin, "val a = \"\"\"\\\"\"\" // yes", &[(1, "// yes")]),
        (CSharp, "a = @\"\\\"; // yes", &[(1, "// yes")]),
        (C, "a = \"// no\"; /* yes */", &[(1, "/* yes */")]),
        (Yaml, "a: b # yes\nc: d#no\ne: '# no'", &[(1, "# yes")]),
        (Yaml, "run: |\n  # no\n  x\nb: c # yes", &[(4, "# yes")]),
        (Yaml, "- run: >-\n    # no\n- b # yes", &[(3, "# yes")]),
        (Yaml, "a: \"x \\\" # no\"\nb: it's # yes", &[(2, "# yes")]),
        (Toml, "a = \"# no\" # yes", &[(1, "# yes")]),
        (Toml, "a = '''\n# no\n'''\nb = '\\' # yes", &[(4, "# yes")]),
    ];
    for (language, text, expected) in cases {
        let expected: Vec<(usize, String)> = expected
            .iter()
            .map(|(n, t)| (*n, (*t).to_owned()))
            .collect();
        assert_eq!(comments(*language, text), expected, "{language:?}: {text}");
    }
}

#[test]
fn what_does_not_end_was_not_understood() {
    for (language, text) in [
        (Language::Rust, "/* a"),
        (Language::Rust, "let a = \"b"),
        (Language::Python, "\"\"\"a"),
        (Language::JavaScript, "`a"),
        (Language::JavaScript, "`a ${ b"),
        (Language::Go, "`a"),
    ] {
        assert_eq!(lines(language, text), None, "{text}");
    }
}

#[test]
fn code_keeps_its_columns() {
    assert_eq!(
        code(Language::Python, "a('(')  # (\nb").unwrap(),
        ["a(xxx)     ", "b"]
    );
}

#[test]
fn languages_have_names() {
    for (path, words) in [
        ("tests/test_a.py", "Python"),
        ("web/a.test.tsx", "TypeScript"),
        ("spec/a_spec.rb", "Ruby"),
        ("pytest.ini", "pytest.ini"),
        (".github/workflows/ci.yml", "ci.yml"),
        ("a/jest.config.js", "JavaScript"),
    ] {
        assert_eq!(language_in_words(path), words);
    }
}

proptest! {
    #[test]
    fn nothing_is_lost_and_nothing_panics(text in "(\"|'|`|/|\\*|#|\\$\\{|\\}|\\{|r|b|\\\\|\\||:|-| |\n|\r|ä|x){0,60}") {
        for language in ALL {
            let Some(found) = lines(language, &text) else { continue };
            let joined: Vec<String> = found
                .iter()
                .map(|l| l.iter().map(|p| p.text).collect())
                .collect();
            let plain: Vec<&str> = text
                .split_inclusive('\n')
                .map(|l| l.trim_end_matches(['\n', '\r']))
                .collect();
            prop_assert_eq!(joined, plain, "{:?}", language);
        }
    }
}
