//! Who takes part: identifiers as requests give them, and as responses and events bring them.

use serde::{Deserialize, Serialize};

/// `CommunicationIdentifierModel`: `kind` and `rawId` may be missing in requests, never in responses.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Identifier {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub raw_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub communication_user: Option<User>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone_number: Option<Phone>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub microsoft_teams_user: Option<TeamsUser>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub microsoft_teams_app: Option<TeamsApp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub teams_extension_user: Option<TeamsExtensionUser>,
}

/// A bare user, `{ "id": "8:acs:…" }`.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct User {
    pub id: String,
}

/// A bare phone number, `{ "value": "+1…" }`.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Phone {
    pub value: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_anonymous: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub asserted_id: Option<String>,
}

/// A Teams user.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[allow(missing_docs)]
pub struct TeamsUser {
    pub user_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_anonymous: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cloud: Option<String>,
}

/// A Teams application.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[allow(missing_docs)]
pub struct TeamsApp {
    pub app_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cloud: Option<String>,
}

/// A Teams user reached through an ACS resource.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[allow(missing_docs)]
pub struct TeamsExtensionUser {
    pub user_id: String,
    pub tenant_id: String,
    pub resource_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cloud: Option<String>,
}

/// An identifier in something received: unknown members are ignored, the raw id is what is read.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct LooseIdentifier {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub raw_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub communication_user: Option<LooseUser>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone_number: Option<LoosePhone>,
    /// Carried as it is: the raw id says all that is read of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub microsoft_teams_user: Option<serde_json::Value>,
    /// Carried as it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub microsoft_teams_app: Option<serde_json::Value>,
}

/// A user in something received.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct LooseUser {
    pub id: String,
}

/// A phone number in something received.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct LoosePhone {
    pub value: String,
}
