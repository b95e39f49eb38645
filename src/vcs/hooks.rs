//! Hooks that git's configuration names. Git runs them from 2.54 on, before the hook file.

use super::error::VcsError;
use super::open::Repository;

/// The first version of git that runs hooks of its configuration.
const FIRST: (u32, u32) = (2, 54);

/// A hook that git's configuration names for an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfiguredHook {
    /// Its name: `linter` of `hook.linter.event`.
    pub name: String,
    /// What is run.
    pub command: String,
    /// Where it is configured, in git's word: `system`, `global`, `local`, `worktree`, `command`.
    pub scope: String,
}

impl Repository {
    /// Says whether the git program on PATH runs hooks that its configuration names.
    ///
    /// # Errors
    /// When there is no git program.
    pub fn runs_configured_hooks(&self) -> Result<bool, VcsError> {
        Ok(self.git_version()?.is_some_and(|version| version >= FIRST))
    }

    /// Returns the first two numbers of the version of the git program on PATH; `None` where what it
    /// prints is no version.
    ///
    /// # Errors
    /// When there is no git program.
    pub fn git_version(&self) -> Result<Option<(u32, u32)>, VcsError> {
        let printed = self.store.git.run(&["version"])?;
        Ok(version(&String::from_utf8_lossy(&printed)))
    }

    /// Returns the hooks that the configuration names for an event, in the order in which git runs
    /// them, whether or not this git does.
    ///
    /// # Errors
    /// When the configuration cannot be read.
    pub fn configured_hooks(&self, event: &str) -> Result<Vec<ConfiguredHook>, VcsError> {
        let words = ["config", "--null", "--show-scope", "--get-regexp", "^hook\\."];
        let said = self.store.git.ask(&words, None)?;
        match said.status.code() {
            Some(0) => Ok(for_event(&lines(&String::from_utf8_lossy(&said.stdout)), event)),
            // There is no such key.
            Some(1) => Ok(Vec::new()),
            _ => Err(VcsError::Command { arguments: words.join(" "), cause: said.complaint() }),
        }
    }
}

/// Reads `git version 2.54.0`, with whatever packagers have put behind the numbers.
fn version(text: &str) -> Option<(u32, u32)> {
    let mut numbers = text.strip_prefix("git version ")?.split(|c: char| !c.is_ascii_digit());
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}

/// A line `hook.<name>.<key> = <value>` of the configuration.
struct Line<'a> {
    scope: &'a str,
    name: &'a str,
    key: &'a str,
    value: &'a str,
}

fn lines(printed: &str) -> Vec<Line<'_>> {
    let mut parts = printed.split('\0');
    let mut found = Vec::new();
    while let (Some(scope), Some(line)) = (parts.next(), parts.next()) {
        // A key without a value is on.
        let (path, value) = line.split_once('\n').unwrap_or((line, "true"));
        let named = path.strip_prefix("hook.").and_then(|path| path.rsplit_once('.'));
        if let Some((name, key)) = named {
            found.push(Line { scope, name, key, value });
        }
    }
    found
}

/// Reads the lines as git does: the last command counts, an event may stand for several hooks, an
/// empty event takes back those before it, and a hook or an event may be switched off.
fn for_event(lines: &[Line<'_>], event: &str) -> Vec<ConfiguredHook> {
    let mut wanted: Vec<(&str, &str)> = Vec::new();
    for line in lines.iter().filter(|line| line.key == "event") {
        if line.value.is_empty() || line.value == event {
            wanted.retain(|(name, _)| *name != line.name);
        }
        if line.value == event {
            wanted.push((line.name, line.scope));
        }
    }
    let last = |name: &str, key: &str| {
        lines.iter().rfind(|line| line.name == name && line.key == key).map(|line| line.value)
    };
    let is_off = |name: &str| {
        let value = last(name, "enabled").map(str::to_ascii_lowercase);
        value.is_some_and(|value| ["false", "no", "off", "0", ""].contains(&value.as_str()))
    };
    if is_off(event) {
        return Vec::new();
    }
    let on = wanted.into_iter().filter(|(name, _)| !is_off(name));
    on.filter_map(|(name, scope)| {
        let command = last(name, "command")?.to_owned();
        Some(ConfiguredHook { name: name.to_owned(), command, scope: scope.to_owned() })
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_read_whoever_packaged_git() {
        let cases = [
            ("git version 2.47.3\n", Some((2, 47))),
            ("git version 2.54.0\n", Some((2, 54))),
            ("git version 2.55.0.windows.1\n", Some((2, 55))),
            ("git version 2.54.1 (Apple Git-160)\n", Some((2, 54))),
            ("git version 3.0.rc1.7.gabcdef\n", Some((3, 0))),
            ("git version 2\n", None),
            ("hub version 2.54\n", None),
            ("", None),
        ];
        for (text, expected) in cases {
            assert_eq!(version(text), expected, "{text}");
        }
    }

    fn names(printed: &str, event: &str) -> Vec<String> {
        for_event(&lines(printed), event).into_iter().map(|hook| hook.name).collect()
    }

    fn printed(lines: &[&str]) -> String {
        let keys: Vec<String> = lines.iter().map(|line| line.replacen(' ', "\n", 1)).collect();
        keys.iter().flat_map(|key| ["local\0hook.", key, "\0"]).collect()
    }

    #[test]
    fn hooks_run_in_the_order_of_their_events_and_can_be_switched_off() {
        let two = ["a.command x", "b.command y", "b.event pre-commit", "a.event pre-commit"];
        assert_eq!(names(&printed(&two), "pre-commit"), ["b", "a"]);
        assert_eq!(names(&printed(&two), "pre-push"), [""; 0]);
        let cases: [(&[&str], &[&str]); 7] = [
            (&["b.enabled false"], &["a"]),
            (&["b.enabled"], &["b", "a"]),
            (&["b.enabled false", "b.enabled on"], &["b", "a"]),
            (&["pre-commit.enabled Off"], &[]),
            (&["b.event "], &["a"]),
            (&["b.event ", "b.event pre-commit"], &["a", "b"]),
            (&["c.event pre-commit"], &["b", "a"]),
        ];
        for (more, expected) in cases {
            let all = [&two, more].concat();
            assert_eq!(names(&printed(&all), "pre-commit"), expected, "{more:?}");
        }
    }

    #[test]
    fn a_name_may_have_dots_and_the_last_command_counts() {
        let text = "global\0hook.a.b.command\nold\0local\0hook.a.b.event\npre-push\0\
                    local\0hook.a.b.command\nnew\nline\0local\0hook.jobs\n2\0";
        let found = for_event(&lines(text), "pre-push");
        let expected = ConfiguredHook {
            name: "a.b".to_owned(),
            command: "new\nline".to_owned(),
            scope: "local".to_owned(),
        };
        assert_eq!(found, [expected]);
    }
}
