//! Every action with its name, help text and screens.

/// Part of the program that an action belongs to: its table in a keymap file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    Global,
    Inbox,
    Timeline,
    Trace,
    Attempts,
    Diff,
    Log,
    Decide,
    Outbox,
}

impl Scope {
    /// All scopes, in the order help shows them.
    pub const ALL: [Self; 9] = [
        Self::Global,
        Self::Inbox,
        Self::Timeline,
        Self::Trace,
        Self::Attempts,
        Self::Diff,
        Self::Log,
        Self::Decide,
        Self::Outbox,
    ];

    /// Returns the name of the table in a keymap file.
    pub fn name(self) -> &'static str {
        match self {
            Self::Global => "global",
            Self::Inbox => "inbox",
            Self::Timeline => "timeline",
            Self::Trace => "trace",
            Self::Attempts => "attempts",
            Self::Diff => "diff",
            Self::Log => "log",
            Self::Decide => "decide",
            Self::Outbox => "outbox",
        }
    }
}

/// Declares the actions: name in keymap files, scope of the default binding, help text.
macro_rules! actions {
    ($($variant:ident $name:literal $scope:ident $help:literal;)*) => {
        /// Something a key can do.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Action { $($variant,)* }

        impl Action {
            /// All actions, in the order help shows them.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// Returns the name in keymap files.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// Returns what it does, for help and hints.
            pub fn help(self) -> &'static str {
                match self { $(Self::$variant => $help,)* }
            }

            /// Returns where it belongs.
            pub fn scope(self) -> Scope {
                match self { $(Self::$variant => Scope::$scope,)* }
            }
        }
    };
}

actions! {
    Down "down" Global "next row";
    Up "up" Global "previous row";
    First "first" Global "first row";
    Last "last" Global "last row";
    HalfDown "half-page-down" Global "half a page down";
    HalfUp "half-page-up" Global "half a page up";
    Left "left" Global "left, or the pane before";
    Right "right" Global "right, or the next pane";
    NextPane "next-pane" Global "other pane";
    Open "open" Global "open what is selected";
    Back "back" Global "back, or close";
    Quit "quit" Global "quit";
    Search "search" Global "search in this view";
    SearchNext "search-next" Global "next match";
    SearchPrevious "search-previous" Global "previous match";
    JumpBack "jump-back" Global "back in the jump list";
    JumpForward "jump-forward" Global "forward in the jump list";
    RepeatNext "repeat-next" Global "next of the kind last jumped to";
    RepeatPrevious "repeat-previous" Global "previous of the kind last jumped to";
    Browser "browser" Global "show in the browser";
    Copy "copy" Global "copy the link or id";
    Sync "sync" Global "sync this change";
    SyncAll "sync-all" Global "sync everything";
    Outbox "outbox" Global "outbox";
    Problems "problems" Global "what could not be read";
    ForgeLog "forge-log" Global "every request to the forge, with status and cost";
    Palette "palette" Global "command palette";
    Help "help" Global "help";
    Theme "theme" Global "next theme";
    Suspend "suspend" Global "suspend, as job control does";
    PreviousTab "previous-tab" Inbox "previous filter";
    NextTab "next-tab" Inbox "next filter";
    Filter "filter" Inbox "filter by words and qualifiers";
    NextFailing "next-failing" Timeline "next failing or missing evidence";
    PreviousFailing "previous-failing" Timeline "previous failing or missing evidence";
    NextAttempt "next-attempt" Timeline "next attempt";
    PreviousAttempt "previous-attempt" Timeline "previous attempt";
    NextRequirement "next-requirement" Timeline "next requirement";
    PreviousRequirement "previous-requirement" Timeline "previous requirement";
    Trace "trace" Timeline "trace to the requirement";
    Attempts "attempts" Timeline "ladder of attempts";
    Diff "diff" Timeline "difference";
    JobLog "job-log" Timeline "log of the failed job, at its first failure";
    Description "description" Timeline "description, branches, labels, state";
    Stage1 "stage-1" Timeline "only Intent";
    Stage2 "stage-2" Timeline "only Plan";
    Stage3 "stage-3" Timeline "only Change";
    Stage4 "stage-4" Timeline "only Verify";
    Stage5 "stage-5" Timeline "only Secure";
    Stage6 "stage-6" Timeline "only Review";
    Stage7 "stage-7" Timeline "only Attest";
    Stage8 "stage-8" Timeline "only Deliver";
    Approve "approve" Timeline "approve (opens a form)";
    RequestChanges "request-changes" Timeline "request changes (opens a form)";
    Exception "exception" Timeline "ask for an exception (opens a form)";
    Uncovered "uncovered" Trace "only requirements without a passing test";
    NextFile "next-file" Diff "next file";
    PreviousFile "previous-file" Diff "previous file";
    NextHunk "next-hunk" Diff "next hunk";
    PreviousHunk "previous-hunk" Diff "previous hunk";
    NextField "next-field" Decide "next field";
    PreviousField "previous-field" Decide "previous field";
    Confirm "confirm" Decide "record and send";
    Discard "discard" Decide "discard the text, or bring it back";
    Retry "retry" Outbox "try again";
    Drop "drop" Outbox "drop what was not sent";
}

impl Action {
    /// Finds an action by its name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|a| a.name() == name)
    }

    /// Returns the stage that a stage action filters by, as an index.
    pub fn stage(self) -> Option<usize> {
        self.name()
            .strip_prefix("stage-")?
            .parse::<usize>()
            .ok()?
            .checked_sub(1)
    }
}
