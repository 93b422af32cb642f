//! Languages by their endings, and the names that people use for them.

/// A language whose comments and strings are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Language {
    Rust,
    Python,
    JavaScript,
    TypeScript,
    Go,
    Java,
    Kotlin,
    CSharp,
    C,
    Yaml,
    Toml,
}

impl Language {
    /// Tells the language of a path by its ending.
    pub fn of(path: &str) -> Option<Self> {
        let name = path.rsplit('/').next().unwrap_or(path);
        let (_, ending) = name.rsplit_once('.')?;
        Some(match ending.to_ascii_lowercase().as_str() {
            "rs" => Self::Rust,
            "py" | "pyi" => Self::Python,
            "js" | "jsx" | "mjs" | "cjs" => Self::JavaScript,
            "ts" | "tsx" | "mts" | "cts" => Self::TypeScript,
            "go" => Self::Go,
            "java" => Self::Java,
            "kt" | "kts" => Self::Kotlin,
            "cs" => Self::CSharp,
            "c" | "h" | "cc" | "cpp" | "cxx" | "hh" | "hpp" => Self::C,
            "yml" | "yaml" => Self::Yaml,
            "toml" => Self::Toml,
            _ => return None,
        })
    }

    /// Returns the name that people use.
    pub fn name(self) -> &'static str {
        match self {
            Self::Rust => "Rust",
            Self::Python => "Python",
            Self::JavaScript => "JavaScript",
            Self::TypeScript => "TypeScript",
            Self::Go => "Go",
            Self::Java => "Java",
            Self::Kotlin => "Kotlin",
            Self::CSharp => "C#",
            Self::C => "C or C++",
            Self::Yaml => "YAML",
            Self::Toml => "TOML",
        }
    }

    pub(super) fn hash_comments(self) -> bool {
        matches!(self, Self::Python | Self::Yaml | Self::Toml)
    }

    pub(super) fn is_script(self) -> bool {
        matches!(self, Self::JavaScript | Self::TypeScript)
    }
}

/// Names the language of a file for people: by its ending, else the file itself.
pub fn language_in_words(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or(path);
    let other = name.rsplit_once('.').and_then(|(_, ending)| {
        Some(match ending.to_ascii_lowercase().as_str() {
            "rb" => "Ruby",
            "php" => "PHP",
            "swift" => "Swift",
            "scala" => "Scala",
            "ex" | "exs" => "Elixir",
            "sh" | "bash" => "shell",
            "dart" => "Dart",
            "groovy" => "Groovy",
            "clj" => "Clojure",
            "hs" => "Haskell",
            "lua" => "Lua",
            "pl" | "t" => "Perl",
            "r" => "R",
            "vue" => "Vue",
            "svelte" => "Svelte",
            _ => return None,
        })
    });
    // A file that steers is told by its name; its language says nothing.
    Language::of(path)
        .filter(|l| !matches!(l, Language::Yaml | Language::Toml))
        .map(Language::name)
        .or(other)
        .unwrap_or(name)
}
