"""Which policies are made of a configuration, and what they look like."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from app.cel_policies import (
    KubeVersion,
    Manifest,
    NamespaceScope,
    Part,
    PolicySet,
    policies,
    render,
)
from app.cel_policies.policies import RESERVED_RULE
from app.leasecandidate.rules import ADDED_RULES, Action, Exemption, Profile, RulesConfiguration
from app.leasecandidate.rules.twin import NoTwin
from tests.cel_policies import cel
from tests.cel_policies.comparison import CONFIGURATIONS, WITH_TWIN, found_by_policies

LATEST = KubeVersion(36)
MUTATING = ["strip-v", "lease-holder"]
ALL = ["reserved", "deny", "warn", *MUTATING]


def made(profile: Profile = Profile.RECOMMENDED, **actions: Action) -> PolicySet:
    by_id = {key.replace("_", "-"): action for key, action in actions.items()}
    return policies(RulesConfiguration(profile=profile, actions=by_id), LATEST)


def spec(policy_set: PolicySet, kind: str, name: str) -> Any:  # noqa: ANN401
    (found,) = [
        manifest
        for manifest in policy_set.manifests
        if manifest["kind"] == kind and name_of(manifest) == name
    ]
    return found["spec"]


def name_of(manifest: Manifest) -> str:
    metadata: Any = manifest["metadata"]
    return str(metadata["name"])


def names(policy_set: PolicySet) -> list[str]:
    return [f"{manifest['kind']}/{name_of(manifest)}" for manifest in policy_set.manifests]


def rules_of(policy: Manifest) -> set[str]:
    policy_spec: Any = policy["spec"]
    return found_by_policies(entry["message"] for entry in policy_spec["validations"])


@pytest.mark.parametrize(
    ("profile", "expected"),
    [
        pytest.param(Profile.RECOMMENDED, ALL, id="recommended"),
        pytest.param(Profile.STRICT, ALL, id="strict"),
        pytest.param(Profile.OBSERVE, ["reserved", "warn", *MUTATING], id="observe denies nothing"),
        pytest.param(Profile.BUILTIN, MUTATING, id="builtin has no added rule"),
    ],
)
def test_each_policy_comes_with_its_binding(profile: Profile, expected: list[str]) -> None:
    kinds = dict.fromkeys(expected, "ValidatingAdmissionPolicy")
    kinds |= dict.fromkeys(MUTATING, "MutatingAdmissionPolicy")
    assert names(made(profile)) == [
        f"{kinds[name]}{suffix}/leasegate-{name}" for name in expected for suffix in ("", "Binding")
    ]


@pytest.mark.parametrize("profile", list(Profile))
def test_every_acting_rule_is_in_one_policy_or_left_out_with_its_reason(profile: Profile) -> None:
    configuration = RulesConfiguration(profile=profile)
    policy_set = policies(configuration, LATEST)
    covered = [
        rule
        for policy in cel.kinds(policy_set.manifests, "ValidatingAdmissionPolicy")
        for rule in sorted(rules_of(policy))
    ]
    assert len(covered) == len(set(covered))
    acting = [rule for rule in ADDED_RULES if configuration.action(rule) is not Action.OFF]
    with_twin = {rule.id for rule in WITH_TWIN}
    assert set(covered) == {rule.id for rule in acting} & with_twin
    assert {str(omission) for omission in policy_set.omissions} == {
        f"left out rule {rule.id} ({configuration.action(rule)}): {rule.twin.reason}"
        for rule in acting
        if isinstance(rule.twin, NoTwin)
    }


@pytest.mark.parametrize(
    ("action", "validation_actions", "failure_policy"),
    [
        pytest.param(Action.DENY, ["Deny"], "Fail", id="Deny fails closed"),
        pytest.param(Action.WARN, ["Warn", "Audit"], "Ignore", id="Warn never denies"),
        pytest.param(Action.AUDIT, ["Audit"], "Ignore", id="Audit never denies"),
    ],
)
def test_an_action_decides_on_the_binding(
    action: Action, validation_actions: list[str], failure_policy: str
) -> None:
    policy_set = made(version_gap=action, reserved_target=action)
    for name in (f"leasegate-{action.lower()}", "leasegate-reserved"):
        policy = spec(policy_set, "ValidatingAdmissionPolicy", name)
        binding = spec(policy_set, "ValidatingAdmissionPolicyBinding", name)
        assert policy["failurePolicy"] == failure_policy
        assert binding["validationActions"] == validation_actions
        assert binding["policyName"] == name
        spares_the_server = any(
            "system:apiserver" in condition["expression"]
            for condition in policy.get("matchConditions", ())
        )
        assert spares_the_server is (action is Action.DENY)


def test_the_rule_on_reserved_leases_has_a_policy_of_its_own() -> None:
    (policy, *_) = cel.kinds(made().manifests, "ValidatingAdmissionPolicy")
    assert (name_of(policy), rules_of(policy)) == ("leasegate-reserved", {RESERVED_RULE})


def test_a_rule_that_is_off_is_nowhere() -> None:
    policy_set = made(reserved_target=Action.OFF, strategy_conflict=Action.OFF)
    assert "reserved-target" not in render(policy_set.manifests)
    assert "rule strategy-conflict " not in "".join(map(str, policy_set.omissions))


@pytest.mark.parametrize("part", list(Part))
def test_a_part_can_be_had_alone(part: Part) -> None:
    configuration = RulesConfiguration(actions={"version-gap": Action.AUDIT})
    policy_set = policies(configuration, LATEST, parts=[part])
    assert {name_of(manifest) for manifest in policy_set.manifests} == {f"leasegate-{part.suffix}"}
    without_twin = {omission.subject for omission in policy_set.omissions}
    assert all(f"({part.value.capitalize()})" in subject for subject in without_twin)


def test_names_begin_with_the_full_name() -> None:
    policy_set = policies(RulesConfiguration(), LATEST, fullname="gate")
    assert all(name_of(manifest).startswith("gate-") for manifest in policy_set.manifests)
    for binding in cel.kinds(policy_set.manifests, "ValidatingAdmissionPolicyBinding"):
        assert spec(policy_set, "ValidatingAdmissionPolicyBinding", name_of(binding))[
            "policyName"
        ] == name_of(binding)


@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        pytest.param(NamespaceScope(), None, id="all namespaces"),
        pytest.param(NamespaceScope(only=("a", "b")), ("In", ["a", "b"]), id="some namespaces"),
        pytest.param(NamespaceScope(excluded=("a",)), ("NotIn", ["a"]), id="all but one namespace"),
    ],
)
def test_a_scope_is_for_every_binding_but_those_of_what_is_protected_everywhere(
    scope: NamespaceScope, expected: tuple[str, list[str]] | None
) -> None:
    policy_set = policies(RulesConfiguration(), LATEST, scope=scope)
    resources = None
    if expected is not None:
        operator, values = expected
        expression = {"key": "kubernetes.io/metadata.name", "operator": operator, "values": values}
        resources = {"namespaceSelector": {"matchExpressions": [expression]}}
    for manifest in policy_set.manifests:
        if str(manifest["kind"]).endswith("Binding"):
            binding: Any = manifest["spec"]
            everywhere = name_of(manifest) in {"leasegate-reserved", "leasegate-lease-holder"}
            assert binding.get("matchResources") == (None if everywhere else resources)


def test_a_policy_looks_at_creates_and_updates_of_both_versions_and_at_nothing_else() -> None:
    for manifest in made().manifests:
        policy: Any = manifest["spec"]
        is_about_leases = name_of(manifest) == "leasegate-lease-holder"
        if not str(manifest["kind"]).endswith("Binding") and not is_about_leases:
            assert policy["matchConstraints"] == {
                "matchPolicy": "Equivalent",
                "resourceRules": [
                    {
                        "apiGroups": ["coordination.k8s.io"],
                        "apiVersions": ["v1beta1", "v1alpha2"],
                        "operations": ["CREATE", "UPDATE"],
                        "resources": ["leasecandidates"],
                        "scope": "Namespaced",
                    }
                ],
            }


@pytest.mark.parametrize("minor", [32, 33, 34, 35])
def test_before_1_36_the_leading_v_is_left_to_the_webhook(minor: int) -> None:
    older = policies(RulesConfiguration(), KubeVersion(minor))
    latest = policies(RulesConfiguration(), LATEST)
    assert older.manifests == latest.manifests[: -2 * len(MUTATING)]
    *_, omission, _ = older.omissions
    assert str(omission) == (
        "left out the policy that strips a leading v: MutatingAdmissionPolicy v1 comes with "
        f"Kubernetes 1.36; with 1.{minor} let the mutating webhook do it"
    )


@pytest.mark.parametrize(
    "configuration", [pytest.param(value, id=key) for key, value in CONFIGURATIONS.items()]
)
def test_what_is_written_reads_as_what_was_made(configuration: RulesConfiguration) -> None:
    manifests = policies(configuration, LATEST).manifests
    text = render(manifests)
    assert tuple(yaml.safe_load_all(text)) == manifests
    assert "&id" not in text


def test_nothing_is_written_for_nothing() -> None:
    assert render(()) == ""


@pytest.mark.parametrize(
    "configuration", [pytest.param(value, id=key) for key, value in CONFIGURATIONS.items()]
)
def test_a_policy_declares_the_variables_it_uses_each_before_its_use(
    configuration: RulesConfiguration,
) -> None:
    for policy in cel.kinds(policies(configuration, LATEST).manifests, "ValidatingAdmissionPolicy"):
        policy_spec: Any = policy["spec"]
        declared: list[str] = []
        used: set[str] = set()
        for variable in policy_spec.get("variables", ()):
            names_in = set(cel.variables_in(variable["expression"]))
            assert names_in <= set(declared)
            used |= names_in
            declared.append(variable["name"])
        for validation in policy_spec["validations"]:
            used |= set(cel.variables_in(validation["expression"]))
        for annotation in policy_spec.get("auditAnnotations", ()):
            assert set(cel.variables_in(annotation["valueExpression"])) <= used
        assert used == set(declared)


def test_the_expressions_need_nothing_newer_than_kubernetes_1_30() -> None:
    text = render(policies(RulesConfiguration(profile=Profile.STRICT), KubeVersion(32)).manifests)
    assert "emver" not in text
    assert "format." not in text


def test_an_exemption_is_bound_to_all_that_it_names() -> None:
    exemption = Exemption(
        reason="r", rules=("version-gap",), namespaces=("a", "b"), users=("u",), groups=("g",)
    )
    configuration = RulesConfiguration(
        profile=Profile.STRICT, exemptions=(exemption, Exemption(reason="all", users=("root",)))
    )
    policy = spec(policies(configuration, LATEST), "ValidatingAdmissionPolicy", "leasegate-deny")
    variables = {entry["name"]: entry["expression"] for entry in policy["variables"]}
    assert variables["exemption1"] == (
        'request.namespace in ["a", "b"] && request.userInfo.username in ["u"] && '
        "has(request.userInfo.groups) && "
        'request.userInfo.groups.exists(group, group in ["g"])'
    )
    both = "variables.exemption1 || variables.exemption2 || ("
    assert variables["passesVersionGap"].startswith(both)
    assert variables["passesVersionTooLong"].startswith("variables.exemption2 || (")
