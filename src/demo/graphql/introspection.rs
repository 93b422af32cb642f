//! What the schema says of itself, as far as clients ask for it to learn what a forge can do: the
//! fields of a type, and the values of an enum. Only what is answered here is listed.

use serde_json::{Map, Value};

use super::engine::{Executor, Shown, leaf, one};
use super::text;

/// Fields by type.
const FIELDS: [(&str, &str); 9] = [
    (
        "Query",
        "node nodes rateLimit repository repositoryOwner search user viewer",
    ),
    (
        "Repository",
        "databaseId defaultBranchRef deleteBranchOnMerge description hasDiscussionsEnabled \
         hasIssuesEnabled hasProjectsEnabled hasWikiEnabled homepageUrl id isArchived isEmpty isFork \
         isInOrganization isPrivate issue issueOrPullRequest issues labels latestRelease \
         mergeCommitAllowed name nameWithOwner object owner parent pullRequest pullRequests pushedAt \
         rebaseMergeAllowed releases rulesets squashMergeAllowed sshUrl templateRepository updatedAt \
         url viewerCanAdminister viewerPermission visibility",
    ),
    (
        "PullRequest",
        "additions assignees author authorAssociation autoMergeRequest baseRef baseRefName \
         baseRefOid baseRepository body bodyText changedFiles closed closedAt closingIssuesReferences comments \
         commits createdAt databaseId deletions files fullDatabaseId headRef headRefName headRefOid \
         headRepository headRepositoryOwner id isCrossRepository isDraft isInMergeQueue \
         isMergeQueueEnabled labels latestOpinionatedReviews latestReviews locked \
         maintainerCanModify mergeCommit mergeQueueEntry mergeStateStatus mergeable merged mergedAt \
         mergedBy milestone number potentialMergeCommit reactionGroups repository reviewDecision \
         reviewRequests reviewThreads reviews state statusCheckRollup timelineItems title \
         totalCommentsCount updatedAt url viewerDidAuthor",
    ),
    (
        "Issue",
        "assignees author body closed closedAt comments createdAt databaseId fullDatabaseId id \
         isPinned labels locked milestone number reactionGroups repository state stateReason title \
         trackedInIssues trackedIssues trackedIssuesCount updatedAt url",
    ),
    (
        "Release",
        "author createdAt databaseId description id isDraft isLatest isPrerelease name publishedAt \
         tagName updatedAt url",
    ),
    (
        "WorkflowRun",
        "createdAt databaseId event file id runNumber url workflow",
    ),
    (
        "CheckRun",
        "checkSuite completedAt conclusion databaseId detailsUrl id isRequired name startedAt status \
         url",
    ),
    (
        "StatusCheckRollupContextConnection",
        "edges nodes pageInfo totalCount",
    ),
    ("RateLimit", "cost limit nodeCount remaining resetAt used"),
];

/// Values by enum.
const VALUES: [(&str, &str); 2] = [
    ("SearchType", "ISSUE"),
    ("PullRequestState", "CLOSED MERGED OPEN"),
];

impl Executor<'_> {
    /// A type by its name; null for one that is not known here.
    pub(super) fn type_by_name(arguments: &Map<String, Value>) -> Shown {
        let wanted = text(arguments, "name");
        let named = |kind: &'static str, names: &'static str| {
            let all = names.split_whitespace();
            Shown::Many(
                all.map(|name| one(kind, vec![("name", leaf(name))]))
                    .collect(),
            )
        };
        let fields = FIELDS.iter().find(|(name, _)| *name == wanted);
        let values = VALUES.iter().find(|(name, _)| *name == wanted);
        let (kind, fields, values) = match (fields, values) {
            (Some((_, fields)), _) => ("OBJECT", named("__Field", fields), Shown::Null),
            (_, Some((_, values))) => ("ENUM", Shown::Null, named("__EnumValue", values)),
            _ => return Shown::Null,
        };
        one(
            "__Type",
            vec![
                ("kind", leaf(kind)),
                ("name", leaf(wanted)),
                ("fields", fields),
                ("enumValues", values),
                ("inputFields", Shown::Null),
            ],
        )
    }
}
