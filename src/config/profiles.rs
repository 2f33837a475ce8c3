//! The shared `config` and `credentials` files, merged.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use litemap::LiteMap;
use zeroize::Zeroizing;

use super::ini::{self, Entry, Flavor, Kind};
use super::vars::Vars;
use super::{ConfigError, From, Set};

/// The largest file that is read. Files of people are a thousandth of it.
const MOST: u64 = 1 << 20;

pub(crate) const PROFILE: &str = "AWS_PROFILE";

/// All that the two files say.
#[derive(Debug, Clone, Default)]
pub(crate) struct Profiles {
    sections: LiteMap<Kind, Section>,
    /// Files that a variable names and that are not there.
    pub(crate) missing: Vec<String>,
    /// Where the files are, or would be.
    pub(crate) paths: Vec<PathBuf>,
}

/// A section, each setting with its file.
#[derive(Debug, Clone, Default)]
pub(crate) struct Section {
    title: String,
    settings: LiteMap<String, (Entry, Arc<Path>)>,
}

impl Profiles {
    /// Reads the files where they are; one that is not there is empty.
    ///
    /// # Errors
    ///
    /// A file that is there and cannot be read, or whose text has no meaning.
    pub(crate) fn load(vars: &Vars) -> Result<Self, ConfigError> {
        let mut profiles = Self::default();
        // In this order: the credentials file wins.
        let files = [
            ("AWS_CONFIG_FILE", "config", Flavor::Config),
            (
                "AWS_SHARED_CREDENTIALS_FILE",
                "credentials",
                Flavor::Credentials,
            ),
        ];
        for (variable, name, flavor) in files {
            let named = vars.path(variable);
            let usual = || Some(vars.home()?.join(".aws").join(name));
            let Some(path) = named.clone().or_else(usual) else {
                continue;
            };
            let path: Arc<Path> = path.into();
            profiles.paths.push(path.to_path_buf());
            match read(&path)? {
                Some(text) => profiles.add(&path, &text, flavor)?,
                None if named.is_some() => profiles.missing.push(format!(
                    "{variable} names {}, which is not there",
                    path.display()
                )),
                None => {}
            }
        }
        Ok(profiles)
    }

    fn add(&mut self, path: &Arc<Path>, text: &str, flavor: Flavor) -> Result<(), ConfigError> {
        let sections = ini::parse(text, flavor).map_err(|problem| malformed(path, problem))?;
        for (kind, settings) in sections {
            let title = match &kind {
                Kind::Profile(name) => format!("profile {name}"),
                Kind::SsoSession(name) => format!("sso-session {name}"),
                Kind::Services(name) => format!("services {name}"),
            };
            let mut section = self.sections.remove(&kind).unwrap_or_default();
            section.title = title;
            for (name, entry) in settings {
                section.settings.insert(name, (entry, path.clone()));
            }
            self.sections.insert(kind, section);
        }
        Ok(())
    }

    pub(crate) fn profile(&self, name: &str) -> Option<&Section> {
        self.sections.get(&Kind::Profile(name.to_owned()))
    }

    #[cfg_attr(not(feature = "credentials-chain"), allow(dead_code))]
    pub(crate) fn sso_session(&self, name: &str) -> Option<&Section> {
        self.sections.get(&Kind::SsoSession(name.to_owned()))
    }

    /// The endpoints of single services that a profile chooses, by the variable that would set
    /// each.
    pub(crate) fn service_urls(&self, profile: &Section) -> LiteMap<String, Set<String>> {
        let section = profile
            .get("services")
            .and_then(|name| self.sections.get(&Kind::Services(name.to_owned())));
        let mut urls = LiteMap::new_vec();
        let Some(section) = section else {
            return urls;
        };
        for (service, (entry, path)) in &section.settings {
            if let Some(url) = entry.nested.get("endpoint_url") {
                let variable = format!("AWS_ENDPOINT_URL_{}", service.to_ascii_uppercase());
                let title = format!("{service} in {}", section.title);
                let set = Set {
                    value: url.clone(),
                    from: From::File(path.clone(), title.into()),
                };
                urls.insert(variable, set);
            }
        }
        urls
    }
}

impl Section {
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let (entry, _) = self.settings.get(name)?;
        (!entry.text.is_empty()).then_some(&*entry.text)
    }

    pub(crate) fn text(&self, name: &str) -> Option<Set<String>> {
        let value = self.get(name)?.to_owned();
        let (_, path) = self.settings.get(name)?;
        let from = From::File(path.clone(), self.title.as_str().into());
        Some(Set { value, from })
    }

    pub(crate) fn switch(&self, name: &str) -> Result<Option<Set<bool>>, ConfigError> {
        (self.text(name))
            .map(|text| super::vars::switch(name, text))
            .transpose()
    }
}

/// The name of the profile in use.
pub(crate) fn chosen(vars: &Vars) -> &str {
    vars.get(PROFILE).unwrap_or("default")
}

fn read(path: &Path) -> Result<Option<Zeroizing<String>>, ConfigError> {
    let cannot = |error: std::io::Error| malformed(path, format!("cannot be read: {error}"));
    // A path that this user may not even look up, such as another's home folder, has no file.
    if std::fs::metadata(path).is_err() {
        return Ok(None);
    }
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).map_err(cannot)?;
    file.take(MOST + 1)
        .read_to_end(&mut bytes)
        .map_err(cannot)?;
    let bytes = Zeroizing::new(bytes);
    if bytes.len() as u64 > MOST {
        return Err(malformed(path, format!("is larger than {MOST} bytes")));
    }
    match std::str::from_utf8(&bytes) {
        Ok(text) => Ok(Some(Zeroizing::new(text.to_owned()))),
        Err(_) => Err(malformed(path, "is no UTF-8 text")),
    }
}

fn malformed(path: &Path, problem: impl ToString) -> ConfigError {
    ConfigError::InvalidFile {
        path: path.to_owned(),
        problem: problem.to_string(),
    }
}

/// Both kinds of files, and what a client asks of them, for tests with broken input.
#[cfg(test)]
pub(crate) fn fuzzed_files(text: &str) -> Result<(), String> {
    let mut files = Profiles::default();
    let path: Arc<Path> = Path::new("file").into();
    for flavor in [Flavor::Credentials, Flavor::Config] {
        (files.add(&path, text, flavor)).map_err(|error| error.to_string())?;
    }
    for kind in files.sections.keys() {
        if let Kind::Profile(name) = kind {
            let profile = files.profile(name).ok_or("a profile is lost")?;
            files.service_urls(profile);
            #[cfg(feature = "credentials-chain")]
            crate::credentials::fuzzed_plan(&files, name)?;
        }
    }
    Ok(())
}
