//! Files of recordings: fetched and deleted where the platform says they are, with the credential, and nowhere else. An address
//! comes with an event, so its host counts: what proves who we are goes to the resource and to the platform's own media hosts,
//! and never along with a redirect.

use crate::provider::acs::client::{Client, innermost};
use hyper::body::Bytes;
use reqwest::{Method, Url};
use std::time::Duration;

/// Hosts of the platform that have files, with what stands before them.
const HOSTS: [&str; 3] = [".asm.skype.com", ".asyncgw.teams.microsoft.com", ".ams.gov.teams.microsoft.us"];
/// Longest time for a whole file, and for the next piece of it.
const WHOLE: Duration = Duration::from_secs(3_600);
const PIECE: Duration = Duration::from_secs(30);

/// Why a file cannot be had, or deleted. No message repeats an address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// It is not where the platform has files.
    #[error("the file is not on a host of the platform's; nothing is sent there")]
    Elsewhere,
    /// The platform sends elsewhere.
    #[error("the platform answers {0}, a redirect; the credential is not sent there")]
    Redirected(u16),
    /// It is not there: deleted, or older than a day.
    #[error("the platform does not have the file ({0})")]
    Missing(u16),
    /// The platform does not want to, now.
    #[error("the platform answers {0}")]
    Refused(u16),
    /// There is no credential, no connection, or it broke off.
    #[error("{0}")]
    Broken(String),
}

/// A file on its way.
#[derive(Debug)]
pub struct Coming(reqwest::Response);

impl Coming {
    /// How long it will be, as far as the platform says.
    #[must_use]
    pub fn length(&self) -> Option<u64> {
        self.0.content_length()
    }

    /// The next piece; nothing after the last.
    ///
    /// # Errors
    /// When it breaks off, or nothing comes for half a minute.
    pub async fn next(&mut self) -> Result<Option<Bytes>, Trouble> {
        match tokio::time::timeout(PIECE, self.0.chunk()).await {
            Ok(piece) => piece.map_err(|error| broken(&error)),
            Err(_) => Err(Trouble::Broken("the file stopped coming".to_owned())),
        }
    }
}

impl Client {
    /// Asks for a file.
    ///
    /// # Errors
    /// When it cannot be had.
    pub async fn fetch(&self, address: &str) -> Result<Coming, Trouble> {
        let response = self.asked(Method::GET, address).await?;
        match response.status().as_u16() {
            // Anything else of success has no whole file in it.
            200 => Ok(Coming(response)),
            status => Err(Trouble::Refused(status)),
        }
    }

    /// Has a file deleted.
    ///
    /// # Errors
    /// When it cannot be.
    pub async fn delete(&self, address: &str) -> Result<(), Trouble> {
        self.asked(Method::DELETE, address).await.map(|_| ())
    }

    async fn asked(&self, method: Method, address: &str) -> Result<reqwest::Response, Trouble> {
        let url = self.trusted(address).ok_or(Trouble::Elsewhere)?;
        let path_and_query = match url.query() {
            Some(query) => format!("{}?{query}", url.path()),
            None => url.path().to_owned(),
        };
        let proof = self.proof(method.as_str(), &path_and_query, b"").await.map_err(Trouble::Broken)?;
        // The resource's own host is what is signed, wherever the file is; this tells which it was.
        let mut request = self.http.request(method, url).header("x-ms-host", &self.host).timeout(WHOLE);
        for (name, value) in proof {
            request = request.header(name, value);
        }
        let response = match tokio::time::timeout(PIECE, request.send()).await {
            Ok(response) => response.map_err(|error| broken(&error))?,
            Err(_) => return Err(Trouble::Broken("the platform does not answer in time".to_owned())),
        };
        match response.status().as_u16() {
            200..=299 => Ok(response),
            status @ 300..=399 => Err(Trouble::Redirected(status)),
            status @ (404 | 410) => Err(Trouble::Missing(status)),
            status => Err(Trouble::Refused(status)),
        }
    }

    /// The address, if the credential may go there.
    fn trusted(&self, address: &str) -> Option<Url> {
        let url = Url::parse(address).ok()?;
        if !url.username().is_empty() || url.password().is_some() {
            return None;
        }
        let host = url.host_str()?;
        let is_platforms = url.scheme() == "https" && url.port().is_none() && HOSTS.iter().any(|of| host.ends_with(of));
        (url.origin().ascii_serialization() == self.origin || is_platforms).then_some(url)
    }
}

fn broken(error: &reqwest::Error) -> Trouble {
    Trouble::Broken(innermost(error).to_string())
}

#[cfg(test)]
mod tests {
    use crate::provider::acs::client::file::Trouble;
    use crate::provider::acs::client::{Client, Settings};

    fn client(endpoint: &str) -> Client {
        Client::new(Settings::of_a_test(endpoint)).unwrap()
    }

    #[tokio::test]
    async fn the_credential_goes_to_the_platform_alone() {
        let client = client("https://contoso.communication.azure.com");
        for (address, may) in [
            ("https://contoso.communication.azure.com/calling/recordingFiles/1", true),
            ("https://us-prod.asm.skype.com/v1/objects/0-wus-d1-5/content/acsmetadata", true),
            ("https://x.asyncgw.teams.microsoft.com/v1/objects/1", true),
            ("https://x.ams.gov.teams.microsoft.us/v1/objects/1", true),
            ("http://us-prod.asm.skype.com/v1/objects/1", false),
            ("https://us-prod.asm.skype.com:8443/v1/objects/1", false),
            ("https://asm.skype.com.evil.example/v1/objects/1", false),
            ("https://evilasm.skype.com/v1/objects/1", false),
            ("https://evil.example/.asm.skype.com", false),
            ("https://us.asm.skype.com@evil.example/1", false),
            ("https://me:secret@us.asm.skype.com/1", false),
            ("https://contoso.communication.azure.com:444/1", false),
            ("http://contoso.communication.azure.com/1", false),
            ("https://mine.blob.core.windows.net/c/1.wav", false),
            ("file:///etc/passwd", false),
            ("", false),
        ] {
            assert_eq!(client.trusted(address).is_some(), may, "{address}");
        }
        let refused = client.fetch("https://evil.example/1").await.map(|_| ());
        assert_eq!(refused, Err(Trouble::Elsewhere));
        assert_eq!(client.delete("https://evil.example/1").await, Err(Trouble::Elsewhere));
    }
}
