"""The root of all errors that a person can fix.

    LeasegateError
    +-- ConfigurationError        configuration: the file cannot be used
    +-- UnknownRuleError          leasecandidate.rules: there is no rule of that id
    +-- UnreadableError           check: a file or document cannot be judged
    +-- CertificateError          pki: a certificate or key cannot be used
    +-- StoreError                pki: the cluster did not keep or give what was asked of it
    +-- KubeconfigError           cluster: no connection to an API server can be made
    +-- CredentialError           cluster: a token or certificate for the API server cannot be had
    +-- RegistrationError         cluster: a webhook configuration cannot be removed
    +-- ReadError                 cluster: a list or watch cannot be read
    +-- NotFoundError             explain: what is asked for is not there
    +-- ListenError               http: the address cannot be listened on
    +-- TracingError              server: spans cannot be sent

Each message is one sentence that says what is wrong and what to do. Commands print it as it is and
exit with 2. What a client of the server did wrong is no such error: it is an HTTP answer.
"""

from __future__ import annotations


class LeasegateError(Exception):
    """An error whose message is one sentence for the person who called the program."""


def reason(error: OSError) -> str:
    """Return what the operating system says of an error, for use within a sentence."""
    return (error.strerror or str(error)).lower()
