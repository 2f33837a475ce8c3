//! The format of the shared `config` and `credentials` files
//! (<https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html>).
//!
//! It looks like INI and is not: sections have a kind and a name, a setting can hold settings, and
//! a backslash is a backslash.

use litemap::LiteMap;

use crate::credentials::Secret;

/// Which of the two files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flavor {
    /// Sections say their kind: `[profile x]`.
    Config,
    /// Sections are profiles: `[x]`.
    Credentials,
}

/// What a section describes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Profile(String),
    SsoSession(String),
    Services(String),
}

/// A value, or the settings within it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) text: Secret,
    pub(super) nested: LiteMap<String, String>,
}

pub(super) type Section = LiteMap<String, Entry>;

/// A line that has no meaning. What stands there does not show: it may be a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("line {line} {problem}")]
pub(super) struct Malformed {
    pub(super) line: usize,
    pub(super) problem: &'static str,
}

/// Reads a file. Sections of unknown kinds are left out; of two with one name, the later settings
/// win.
pub(super) fn parse(text: &str, flavor: Flavor) -> Result<LiteMap<Kind, Section>, Malformed> {
    let mut reader = Reader {
        flavor,
        sections: LiteMap::new_vec(),
        place: Place::Start,
        setting: None,
    };
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    for (index, line) in text.lines().enumerate() {
        reader.line(line).map_err(|problem| Malformed {
            line: index + 1,
            problem,
        })?;
    }
    Ok(reader.sections)
}

enum Place {
    Start,
    /// In a section that means nothing here.
    Elsewhere,
    In(Kind),
}

struct Reader {
    flavor: Flavor,
    sections: LiteMap<Kind, Section>,
    place: Place,
    /// The setting that an indented line belongs to.
    setting: Option<String>,
}

impl Reader {
    fn line(&mut self, line: &str) -> Result<(), &'static str> {
        let content = line.trim();
        if content.is_empty() || content.starts_with(['#', ';']) {
            return Ok(());
        }
        if line.starts_with([' ', '\t']) && self.setting.is_some() {
            return self.indented(content);
        }
        if let Some(rest) = content.strip_prefix('[') {
            return self.header(rest);
        }
        if matches!(self.place, Place::Start) {
            return Err("stands before the first section");
        }
        let (name, value) = setting(content)?;
        let entry = Entry {
            text: Secret::new(value),
            nested: LiteMap::new_vec(),
        };
        if let Place::In(kind) = &self.place
            && let Some(section) = self.sections.get_mut(kind)
        {
            section.insert(name.clone(), entry);
        }
        self.setting = Some(name);
        Ok(())
    }

    fn header(&mut self, rest: &str) -> Result<(), &'static str> {
        let (name, after) = rest
            .split_once(']')
            .ok_or("begins a section, but there is no `]`")?;
        if !after.trim().is_empty() && !after.trim().starts_with(['#', ';']) {
            return Err("has something after the section's `]`");
        }
        self.setting = None;
        self.place = match self.kind(name.trim()) {
            Some(kind) => {
                self.sections.try_insert(kind.clone(), Section::default());
                Place::In(kind)
            }
            None => Place::Elsewhere,
        };
        Ok(())
    }

    fn kind(&self, name: &str) -> Option<Kind> {
        let (word, rest) = match name.split_once([' ', '\t']) {
            Some((word, rest)) => (word, unquoted(rest.trim())),
            None => (name, ""),
        };
        match (self.flavor, word, rest) {
            (_, "", _) => None,
            (Flavor::Credentials, _, "") => Some(Kind::Profile(unquoted(word).to_owned())),
            (Flavor::Config, "default", "") => Some(Kind::Profile(word.to_owned())),
            (_, _, "") | (Flavor::Credentials, ..) => None,
            (_, "profile", name) => Some(Kind::Profile(name.to_owned())),
            (_, "sso-session", name) => Some(Kind::SsoSession(name.to_owned())),
            (_, "services", name) => Some(Kind::Services(name.to_owned())),
            _ => None,
        }
    }

    fn indented(&mut self, content: &str) -> Result<(), &'static str> {
        let entry = match (&self.place, &self.setting) {
            (Place::In(kind), Some(name)) => {
                (self.sections.get_mut(kind)).and_then(|section| section.get_mut(name))
            }
            _ => None,
        };
        let Some(entry) = entry else {
            return Ok(());
        };
        if entry.text.is_empty() {
            let (name, value) = setting(content)?;
            entry.nested.insert(name, value.to_owned());
        } else {
            entry.text.push_line(content);
        }
        Ok(())
    }
}

fn setting(content: &str) -> Result<(String, &str), &'static str> {
    let (name, value) = content
        .split_once('=')
        .ok_or("is no section, no setting and no comment")?;
    let name = name.trim();
    if name.is_empty() {
        return Err("sets something without a name");
    }
    Ok((name.to_ascii_lowercase(), without_comment(value).trim()))
}

/// A comment after a value begins with whitespace, so that a value can hold `#` and `;`.
fn without_comment(value: &str) -> &str {
    let mut before = ' ';
    for (at, c) in value.char_indices() {
        if matches!(c, '#' | ';') && before.is_whitespace() {
            return &value[..at];
        }
        before = c;
    }
    value
}

fn unquoted(name: &str) -> &str {
    let inner = |quote| name.strip_prefix(quote)?.strip_suffix(quote);
    inner('"').or_else(|| inner('\'')).unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> LiteMap<Kind, Section> {
        parse(text, Flavor::Config).unwrap()
    }

    fn value<'a>(of: &'a LiteMap<Kind, Section>, kind: &Kind, name: &str) -> &'a str {
        &of[kind].get(name).unwrap().text
    }

    fn nested<'a>(of: &'a LiteMap<Kind, Section>, kind: &Kind, name: &str, inner: &str) -> &'a str {
        of[kind].get(name).unwrap().nested.get(inner).unwrap()
    }

    fn profile(name: &str) -> Kind {
        Kind::Profile(name.to_owned())
    }

    #[test]
    fn sections_settings_comments_and_nesting() {
        let text = "\u{feff}# first\r\n[default] ; a comment\r\nREGION = eu-west-1 # here\r\n\
                    role=a#b;c\\d\r\n\r\n[profile \"my own\"]\nregion=x\ns3 =\n  max = 1\n\t# no\n  min=2\n\
                    region = y\n[sso-session s]\nk=v\n  more\n[services t]\necs =\n  endpoint_url = http://h\n\
                    [plugins]\ncli = x\n  y\n[other]\n";
        let sections = read(text);
        assert_eq!(sections.len(), 4);
        assert_eq!(value(&sections, &profile("default"), "region"), "eu-west-1");
        assert_eq!(value(&sections, &profile("default"), "role"), "a#b;c\\d");
        let own = profile("my own");
        assert_eq!(value(&sections, &own, "region"), "y");
        assert_eq!(nested(&sections, &own, "s3", "max"), "1");
        assert_eq!(nested(&sections, &own, "s3", "min"), "2");
        let session = Kind::SsoSession("s".into());
        assert_eq!(value(&sections, &session, "k"), "v\nmore");
        let services = Kind::Services("t".into());
        let url = nested(&sections, &services, "ecs", "endpoint_url");
        assert_eq!(url, "http://h");
    }

    #[test]
    fn the_credentials_file_has_plain_names() {
        let text = "[dev]\naws_access_key_id=a\n[profile x]\naws_access_key_id=b\n";
        let sections = parse(text, Flavor::Credentials).unwrap();
        assert_eq!(sections.len(), 1);
        assert_eq!(value(&sections, &profile("dev"), "aws_access_key_id"), "a");
    }

    #[test]
    fn what_has_no_meaning_is_refused_by_its_line_alone() {
        for (text, problem) in [
            ("region=x", "line 1 stands before the first section"),
            (
                "\n[default\n",
                "line 2 begins a section, but there is no `]`",
            ),
            (
                "[default] x",
                "line 1 has something after the section's `]`",
            ),
            (
                "[default]\nhunter2",
                "line 2 is no section, no setting and no comment",
            ),
            (
                "[default]\n=hunter2",
                "line 2 sets something without a name",
            ),
            (
                "[default]\ns3=\n  hunter2",
                "line 3 is no section, no setting and no comment",
            ),
        ] {
            assert_eq!(
                parse(text, Flavor::Config).unwrap_err().to_string(),
                problem
            );
        }
    }
}
