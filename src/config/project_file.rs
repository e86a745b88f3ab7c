//! `flowc.toml`, the settings of one project: text to [`ProjectFile`], with the place of everything that is wrong in it.
//!
//! The table is walked by hand, so that one reading tells every unknown key and every value of the wrong type.

use crate::config::{KNOWN, LISTS, NUMBERS};
use crate::language::diagnostic::did_you_mean;
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// What `flowc.toml` says.
#[derive(Clone, Default, PartialEq)]
pub struct ProjectFile {
    /// Settings of the service, by key; only keys of [`KNOWN`].
    service: BTreeMap<&'static str, String>,
    /// Settings of the flows, `[settings]`, by name.
    pub settings: BTreeMap<String, Json>,
    /// `[test] edges`: the least that scenarios have to take of the edges, in percent.
    pub least_edges: Option<u32>,
    /// Where the values of [`ProjectFile::settings`] stand, in bytes.
    pub places: BTreeMap<String, Range<usize>>,
}

/// Something wrong in `flowc.toml`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The fact.
    pub message: String,
    /// Where, in bytes.
    pub span: Range<usize>,
    /// What is wrong right there.
    pub label: String,
    /// The next move.
    pub help: Option<String>,
}

impl ProjectFile {
    /// Reads the file's text. What could be read is there even when something else is wrong.
    #[must_use]
    pub fn parse(text: &str) -> (ProjectFile, Vec<Fault>) {
        let (table, errors) = DeTable::parse_recoverable(text);
        let mut file = ProjectFile::default();
        let mut faults: Vec<Fault> = errors
            .iter()
            .map(|error| Fault {
                message: "flowc.toml is not TOML".to_owned(),
                span: error.span().unwrap_or(0..0),
                label: error.message().lines().collect::<Vec<_>>().join("; "),
                help: None,
            })
            .collect();
        // Below a broken `[settings]` stands what belongs to it, and was taken for something else.
        let begins_table = |at: &usize| text[..*at].rfind('\n').map_or(text, |line| &text[line + 1..]).starts_with('[');
        let lost = errors.iter().filter_map(|error| Some(error.span()?.start)).filter(begins_table).min();
        for (key, value) in table.get_ref() {
            if lost.is_some_and(|lost| key.span().start > lost) {
                continue;
            }
            match value.get_ref() {
                DeValue::Table(settings) if key.get_ref() == "settings" => file.take_settings(settings, &mut faults),
                DeValue::Table(test) if key.get_ref() == "test" => file.take_test(test, &mut faults),
                _ => file.take_setting(key, value, &mut faults),
            }
        }
        (file, faults)
    }

    /// A setting of the service as it stands in the file.
    #[must_use]
    pub fn service(&self, key: &str) -> Option<&str> {
        self.service.get(key).map(String::as_str)
    }

    fn take_test(&mut self, test: &DeTable<'_>, faults: &mut Vec<Fault>) {
        for (key, value) in test {
            let name = key.get_ref().as_ref();
            let percent = match value.get_ref() {
                DeValue::Integer(number) if number.radix() == 10 => number.as_str().parse().ok().filter(|n| *n <= 100),
                _ => None,
            };
            match (name, percent) {
                ("edges", Some(percent)) => self.least_edges = Some(percent),
                ("edges", None) => faults.push(Fault {
                    message: "`edges` is not a percentage".to_owned(),
                    span: value.span(),
                    label: "a whole number from 0 to 100 stands here".to_owned(),
                    help: Some("write `edges = 90`".to_owned()),
                }),
                _ => faults.push(Fault {
                    message: format!("unknown setting `{name}`"),
                    span: key.span(),
                    label: "there is nothing of this name below `[test]`".to_owned(),
                    help: Some(
                        "`edges = 90` is the least that scenarios have to take of the edges, in percent".to_owned(),
                    ),
                }),
            }
        }
    }

    fn take_setting(
        &mut self,
        key: &Spanned<std::borrow::Cow<'_, str>>,
        value: &Spanned<DeValue<'_>>,
        faults: &mut Vec<Fault>,
    ) {
        let name = key.get_ref().as_ref();
        if name == "settings" {
            faults.push(Fault {
                message: "`settings` is not a table".to_owned(),
                span: value.span(),
                label: format!("this is {}", article(value.get_ref())),
                help: Some("write a line `[settings]`, and one line `name = value` a setting below it".to_owned()),
            });
            return;
        }
        let Some(known) = KNOWN.iter().find(|known| known.key == name) else {
            let names = KNOWN.iter().map(|known| known.key).chain(["settings"]);
            faults.push(Fault {
                message: format!("unknown setting `{name}`"),
                span: key.span(),
                label: "flowc has no setting of this name".to_owned(),
                help: did_you_mean(name, names.clone()).or_else(|| {
                    Some(format!(
                        "the settings are {}; a flow's own settings stand below `[settings]`",
                        names.collect::<Vec<_>>().join(", ")
                    ))
                }),
            });
            return;
        };
        match value.get_ref() {
            DeValue::String(text) => drop(self.service.insert(known.key, text.to_string())),
            DeValue::Integer(number) if NUMBERS.contains(known) && number.radix() == 10 => {
                self.service.insert(known.key, number.as_str().to_owned());
            }
            DeValue::Array(items) if LISTS.contains(known) && items.iter().all(|item| item.get_ref().is_str()) => {
                let texts: Vec<&str> = items.iter().filter_map(|item| item.get_ref().as_str()).collect();
                self.service.insert(known.key, texts.join(", "));
            }
            other => faults.push(Fault {
                message: format!("`{name}` is not a text"),
                span: value.span(),
                label: format!("this is {}", article(other)),
                help: Some(format!("write {name} = \"{}\"", known.example)),
            }),
        }
    }

    fn take_settings(&mut self, settings: &DeTable<'_>, faults: &mut Vec<Fault>) {
        for (name, value) in settings {
            self.places.insert(name.get_ref().to_string(), value.span());
            match json(value.get_ref()) {
                Some(json) => drop(self.settings.insert(name.get_ref().to_string(), json)),
                None => faults.push(Fault {
                    message: format!("the value of setting `{}` is out of range", name.get_ref()),
                    span: value.span(),
                    label: "not a number that flows can hold".to_owned(),
                    help: None,
                }),
            }
        }
    }
}

impl std::fmt::Debug for ProjectFile {
    /// Names only: values may be secret.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ProjectFile")
            .field("service", &self.service.keys())
            .field("settings", &self.settings.keys())
            .finish()
    }
}

/// A value as JSON; `None` for numbers JSON cannot hold. Dates and times become texts.
fn json(value: &DeValue<'_>) -> Option<Json> {
    Some(match value {
        DeValue::String(text) => Json::String(text.to_string()),
        DeValue::Integer(number) => Json::from(i64::from_str_radix(number.as_str(), number.radix()).ok()?),
        DeValue::Float(number) => Json::Number(serde_json::Number::from_f64(number.as_str().parse().ok()?)?),
        DeValue::Boolean(truth) => Json::Bool(*truth),
        DeValue::Datetime(time) => Json::String(time.to_string()),
        DeValue::Array(values) => Json::Array(values.iter().map(|value| json(value.get_ref())).collect::<Option<_>>()?),
        DeValue::Table(table) => Json::Object(
            table
                .iter()
                .map(|(name, value)| Some((name.get_ref().to_string(), json(value.get_ref())?)))
                .collect::<Option<_>>()?,
        ),
    })
}

fn article(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) | DeValue::Float(_) => "a number",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date or time",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}

#[cfg(test)]
mod tests {
    use crate::config::project_file::ProjectFile;
    use serde_json::json;

    #[test]
    fn reads_settings_of_service_and_flows() {
        let text = "listen = \"127.0.0.1:1\"\n[settings]\nclinic_line = \"+441632960100\"\nopen = true\nmax = 0x10\n\
                    [settings.visit]\nid = \"v1\"\ntimes = [1, 2.5]\n";
        let (file, faults) = ProjectFile::parse(text);
        assert_eq!(faults, []);
        assert_eq!(ProjectFile::parse("allow_private = [\"a\", \"b\"]").0.service("allow_private"), Some("a, b"));
        assert_eq!(ProjectFile::parse("allow_private = [1]\nvoice = [\"a\"]").1.len(), 2);
        assert_eq!(file.service("listen"), Some("127.0.0.1:1"));
        assert_eq!(file.service("store"), None);
        assert_eq!(file.settings["clinic_line"], json!("+441632960100"));
        assert_eq!(file.settings["open"], json!(true));
        assert_eq!(&text[file.places["open"].clone()], "true");
        assert_eq!(file.settings["max"], json!(16));
        assert_eq!(file.settings["visit"], json!({"id": "v1", "times": [1, 2.5]}));
    }

    #[test]
    fn tells_every_fault_with_its_place() {
        let text = "lisen = \"x\"\nvoice = 3\nsettings = 1\n";
        let (_, faults) = ProjectFile::parse(text);
        let seen: Vec<(&str, &str)> = faults.iter().map(|f| (f.message.as_str(), &text[f.span.clone()])).collect();
        assert_eq!(
            seen,
            [("unknown setting `lisen`", "lisen"), ("`settings` is not a table", "1"), ("`voice` is not a text", "3")]
        );
        assert_eq!(faults[0].help.as_deref(), Some("did you mean `listen`?"));
        assert_eq!(faults[2].help.as_deref(), Some("write voice = \"en-US-NancyNeural\""));
    }

    #[test]
    fn broken_toml_still_gives_what_could_be_read() {
        let (file, faults) = ProjectFile::parse("listen = \"127.0.0.1:1\"\nvoice = = 3\n");
        assert_eq!(file.service("listen"), Some("127.0.0.1:1"));
        assert!(faults.iter().any(|f| f.message == "flowc.toml is not TOML"), "{faults:?}");
        let (_, faults) = ProjectFile::parse("lisen = \"x\"\n[settings\np = 1\n");
        let seen: Vec<&str> = faults.iter().map(|f| f.message.as_str()).collect();
        assert_eq!(seen, ["flowc.toml is not TOML", "unknown setting `lisen`"]);
    }

    #[test]
    fn debug_shows_no_values() {
        let (file, _) = ProjectFile::parse("acs_connection_string = \"hush\"\n[settings]\na = \"quiet\"\n");
        let shown = format!("{file:?}");
        assert!(!shown.contains("hush") && !shown.contains("quiet"), "{shown}");
    }
}
