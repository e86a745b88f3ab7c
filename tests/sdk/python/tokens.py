"""Requests with tokens instead of the key, over https, which SDKs insist on for tokens.

    tokens.py ENDPOINT

Any credential does that gets its tokens from the emulator. Prints `ok tokens`.
"""

import json
import sys
import urllib.parse
import urllib.request

from azure.communication.callautomation import CallAutomationClient, PhoneNumberIdentifier
from azure.core.credentials import AccessToken
from azure.core.exceptions import ClientAuthenticationError


class Emulated:
    """Asks the emulator for what the SDK asks it for, or for something else."""

    def __init__(self, endpoint, scope=None):
        self.endpoint, self.scope = endpoint, scope

    def get_token(self, *scopes, **_):
        asked = {"grant_type": "client_credentials", "scope": self.scope or " ".join(scopes)}
        form = urllib.parse.urlencode(asked).encode()
        with urllib.request.urlopen(f"{self.endpoint}/emulator/token", form, timeout=10) as answer:
            token = json.load(answer)
        return AccessToken(token["access_token"], int(token["expires_on"]))


def create(credential):
    client = CallAutomationClient(sys.argv[1], credential)
    return client.create_call(
        PhoneNumberIdentifier("+16045550102"),
        "http://127.0.0.1:1/hooks",
        source_caller_id_number=PhoneNumberIdentifier("+18005550100"),
    )


def main():
    endpoint = sys.argv[1]
    assert create(Emulated(endpoint)).call_connection_id
    try:
        create(Emulated(endpoint, "https://vault.azure.net/.default"))
        raise AssertionError("a token for something else was taken")
    except ClientAuthenticationError as refused:
        assert refused.status_code == 401, refused
    print("ok tokens")


if __name__ == "__main__":
    main()
