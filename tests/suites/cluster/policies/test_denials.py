"""On a real kube-apiserver, policies as printed deny and warn about what they should."""

from __future__ import annotations

import re
from collections import Counter
from itertools import islice
from typing import TYPE_CHECKING

import pytest

from app.cel_policies import KubeVersion, policies
from app.leasecandidate.rules import Action, Profile, RulesConfiguration, Ruleset
from tests.cel_policies.comparison import WITH_TWIN, found_by_policies
from tests.suites.cluster.policies.differential import generated, stored_candidates
from tests.suites.cluster.policies.installed import installed
from tests.suites.cluster.policies.writer import Writer

if TYPE_CHECKING:
    from devtools.controlplane import ControlPlane
    from tests.cel_policies.writes import Case

DENIAL = re.compile(
    r"ValidatingAdmissionPolicy 'leasegate-(?P<policy>deny|reserved)' "
    r"with binding 'leasegate-(?P=policy)' denied request: (?P<message>.*)$"
)


def expected(ruleset: Ruleset, case: Case) -> tuple[set[str], set[str]]:
    """Return the rules that deny, and those that the configuration lets warn."""
    ids = {rule.id for rule in WITH_TWIN}
    violations = [
        violation
        for violation in ruleset.evaluate(case.write(ruleset.settings)).violations
        if violation.rule.id in ids
    ]
    return (
        {violation.rule.id for violation in violations if violation.action is Action.DENY},
        {
            violation.rule.id
            for violation in violations
            if ruleset.configuration.action(violation.rule) is Action.WARN
        },
    )


@pytest.mark.timeout(300)
@pytest.mark.parametrize("profile", [Profile.RECOMMENDED, Profile.STRICT])
def test_policies_deny_what_the_rules_deny(quiet_plane: ControlPlane, profile: Profile) -> None:
    configuration = RulesConfiguration(profile=profile)
    ruleset = Ruleset(configuration)
    stored = stored_candidates(quiet_plane, seed=list(Profile).index(profile) + 10, count=50)
    outcomes: Counter[str] = Counter()
    with (
        installed(quiet_plane, policies(configuration, KubeVersion(32)).manifests),
        Writer(quiet_plane) as writer,
    ):
        for case in islice(generated(3, stored), 900):
            denying, warning = expected(ruleset, case)
            answer = writer.write(case)
            assert found_by_policies(answer.warnings) == warning, case
            assert answer.code == (422 if denying else 200 if case.old else 201), (case, answer)
            outcomes["denied" if denying else "allowed"] += 1
            if denying:
                match = DENIAL.search(answer.message)
                assert match is not None, answer.message
                assert found_by_policies([match["message"]]) <= denying
                assert answer.body["reason"] == "Invalid"
    assert min(outcomes.values()) > 100
