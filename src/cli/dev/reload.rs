//! Reload on save: a project whose files changed is compiled again. What has errors is reported and not served; calls that
//! run stay on the program they began with.

use crate::cli::project::Located;
use crate::cli::service::{self, Helpers, NotServed};
use crate::cli::services::Services;
use crate::cli::tell;
use crate::config::ServiceSettings;
use crate::provider::Provider;
use crate::runtime::drive::Runtime;
use crate::store::Store;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

/// How often the files are looked at.
const EVERY: Duration = Duration::from_millis(500);

/// When each file of a project was last written.
pub(super) type Seen = BTreeMap<PathBuf, Option<SystemTime>>;

/// Watches a project for ever. What was seen is of before it was read first, so that nothing saved since is missed.
pub(super) async fn on_save<S: Store, P: Provider>(
    located: &Located,
    mut seen: Seen,
    settings: &ServiceSettings,
    runtime: &Runtime<S, P>,
    services: &Services,
    helpers: Helpers<'_>,
) {
    loop {
        tokio::time::sleep(EVERY).await;
        let now = look(located);
        if now == seen {
            continue;
        }
        seen = now;
        let lines = match located.read(|_| ()) {
            Ok(project) => service::lines(&project, settings, helpers),
            Err(failure) => Err(NotServed::Failure(failure)),
        };
        match lines {
            Ok(lines) => match services.become_those_of(&lines, settings) {
                Ok(()) => match runtime.publish(lines).await {
                    Ok(()) => tell("flowc: reloaded"),
                    Err(error) => tell(&format!("flowc: not reloaded: {error}")),
                },
                Err(failure) => tell(&format!("flowc: not reloaded: {failure}")),
            },
            Err(NotServed::Findings) => tell("flowc: not reloaded; the last version without errors is served"),
            Err(NotServed::Failure(failure)) => tell(&format!("flowc: not reloaded: {failure}")),
        }
    }
}

/// Looks at a project's files.
pub(super) fn look(located: &Located) -> Seen {
    let written = |path: &PathBuf| std::fs::metadata(path).and_then(|meta| meta.modified()).ok();
    located.files().unwrap_or_default().into_iter().map(|path| (path.clone(), written(&path))).collect()
}
