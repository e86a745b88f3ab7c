//! Tokens of Microsoft Entra ID for requests to the platform, by the vendor's own crate: which identity, as the environment says;
//! its token, kept and renewed before it expires.

use azure_core::credentials::{AccessToken, Secret, TokenCredential};
use azure_core::http::{ClientOptions, Transport};
use azure_core::time::{Duration as Span, OffsetDateTime};
use azure_identity::{
    ClientAssertionCredentialOptions, ClientSecretCredential, ClientSecretCredentialOptions, ManagedIdentityCredential,
    ManagedIdentityCredentialOptions, UserAssignedId, WorkloadIdentityCredential, WorkloadIdentityCredentialOptions,
};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// What tokens are for. Both slashes are meant.
const SCOPE: &str = "https://communication.azure.com//.default";
/// Longest wait for a connection, and for a token: a request waits for it.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
const TOTAL_TIMEOUT: Duration = Duration::from_secs(4);
/// A token that cannot be renewed is used until this long before its end. Renewing begins five minutes before.
const SPARE_SECONDS: i64 = 30;

/// The variables that the vendor's tools read too.
const TENANT: &str = "AZURE_TENANT_ID";
const CLIENT: &str = "AZURE_CLIENT_ID";
const CLIENT_SECRET: &str = "AZURE_CLIENT_SECRET";
const TOKEN_FILE: &str = "AZURE_FEDERATED_TOKEN_FILE";

/// Which identity asks.
#[derive(Clone, PartialEq, Eq)]
pub enum Identity {
    /// An application with a secret.
    ClientSecret {
        /// The tenant's id.
        tenant: String,
        /// The application's id.
        client: String,
        /// The secret.
        secret: String,
    },
    /// A Kubernetes service account that Entra ID trusts.
    Workload {
        /// The tenant's id.
        tenant: String,
        /// The application's id.
        client: String,
        /// The file with the account's token.
        file: PathBuf,
    },
    /// The identity of this host.
    Managed {
        /// The client id of one assigned by the user; else the system's own.
        client: Option<String>,
    },
}

impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Identity::ClientSecret { .. } => "ClientSecret(…)",
            Identity::Workload { .. } => "Workload(…)",
            Identity::Managed { .. } => "Managed(…)",
        })
    }
}

/// Why there can be no identity.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A variable is missing beside another.
    #[error("{given} is set, but {missing} is not")]
    Missing {
        /// The one that is there.
        given: &'static str,
        /// The one that it needs.
        missing: &'static str,
    },
    /// The vendor's crate does not take it.
    #[error("the Entra ID identity cannot be used: {0}")]
    Unusable(String),
}

impl Identity {
    /// The identity that an environment describes: a secret, else a service account's token, else this host's own.
    ///
    /// # Errors
    /// When a variable is missing beside another.
    pub fn of(environment: &BTreeMap<String, String>) -> Result<Identity, Error> {
        let value = |name: &str| environment.get(name).filter(|value| !value.is_empty()).cloned();
        let beside = |given, missing| value(missing).ok_or(Error::Missing { given, missing });
        if let Some(secret) = value(CLIENT_SECRET) {
            let (tenant, client) = (beside(CLIENT_SECRET, TENANT)?, beside(CLIENT_SECRET, CLIENT)?);
            return Ok(Identity::ClientSecret { tenant, client, secret });
        }
        if let Some(file) = value(TOKEN_FILE) {
            let (tenant, client) = (beside(TOKEN_FILE, TENANT)?, beside(TOKEN_FILE, CLIENT)?);
            return Ok(Identity::Workload { tenant, client, file: PathBuf::from(file) });
        }
        Ok(Identity::Managed { client: value(CLIENT) })
    }

    /// The vendor's credential of this identity, over a transport.
    fn credential(self, transport: Transport) -> azure_core::Result<Arc<dyn TokenCredential>> {
        let client_options = ClientOptions { transport: Some(transport), ..ClientOptions::default() };
        Ok(match self {
            Identity::ClientSecret { tenant, client, secret } => {
                let options = ClientSecretCredentialOptions { client_options };
                ClientSecretCredential::new(&tenant, client, Secret::new(secret), Some(options))?
            }
            Identity::Workload { tenant, client, file } => {
                let credential_options = ClientAssertionCredentialOptions { client_options };
                WorkloadIdentityCredential::new(Some(WorkloadIdentityCredentialOptions {
                    credential_options,
                    client_id: Some(client),
                    tenant_id: Some(tenant),
                    token_file_path: Some(file),
                }))?
            }
            Identity::Managed { client } => {
                let user_assigned_id = client.map(UserAssignedId::ClientId);
                ManagedIdentityCredential::new(Some(ManagedIdentityCredentialOptions {
                    user_assigned_id,
                    client_options,
                }))?
            }
        })
    }
}

/// Gives tokens. Clones share what is kept.
#[derive(Clone)]
pub struct Entra(Arc<Inner>);

struct Inner {
    credential: Arc<dyn TokenCredential>,
    /// The last token, for when it cannot be renewed.
    last: Mutex<Option<AccessToken>>,
}

impl std::fmt::Debug for Entra {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Entra(…)")
    }
}

impl Entra {
    /// Tokens of an identity.
    ///
    /// # Errors
    /// When the identity or the HTTPS client cannot be used.
    pub fn new(identity: Identity) -> Result<Entra, Error> {
        let http = reqwest::Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(TOTAL_TIMEOUT)
            .redirect(reqwest::redirect::Policy::none())
            // The address of a host's own identity is plain http on the link; no proxy may see what it answers.
            .no_proxy()
            .build()
            .map_err(|error| Error::Unusable(error.to_string()))?;
        Entra::over(identity, Transport::new(Arc::new(http)))
    }

    /// The same over a transport.
    fn over(identity: Identity, transport: Transport) -> Result<Entra, Error> {
        let credential = identity.credential(transport).map_err(|error| Error::Unusable(first_line(&error)))?;
        Ok(Entra(Arc::new(Inner { credential, last: Mutex::new(None) })))
    }

    /// A token that is good now. The vendor's credential keeps it, and renews it five minutes before it expires; one that cannot
    /// be renewed serves nearly to its end.
    ///
    /// # Errors
    /// In one line, when there is none.
    pub async fn token(&self) -> Result<String, String> {
        let asked = tokio::time::timeout(TOTAL_TIMEOUT, self.0.credential.get_token(&[SCOPE], None)).await;
        let reason = match asked {
            Ok(Ok(token)) => {
                let text = token.token.secret().to_owned();
                *self.0.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(token);
                return Ok(text);
            }
            Ok(Err(error)) => first_line(&error),
            Err(_) => "Entra ID does not answer in time".to_owned(),
        };
        let last = self.0.last.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let enough = OffsetDateTime::now_utc() + Span::seconds(SPARE_SECONDS);
        match last.filter(|last| last.expires_on > enough) {
            Some(last) => {
                tracing::warn!(reason, "the Entra ID token cannot be renewed yet; the old one is still good");
                Ok(last.token.secret().to_owned())
            }
            None => Err(reason),
        }
    }
}

/// The vendor's messages run over several lines.
fn first_line(error: &azure_core::Error) -> String {
    error.to_string().lines().next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests;
