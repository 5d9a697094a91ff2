"""The variables of the policies are the fields of a candidate."""

from __future__ import annotations

from app.cel_policies.variables import VARIABLES
from app.leasecandidate import LeaseCandidateSpec


def test_every_field_of_the_spec_is_a_variable_now_and_as_it_is_stored() -> None:
    fields = {field.alias or name for name, field in LeaseCandidateSpec.model_fields.items()}
    stored = {f"old{name[0].upper()}{name[1:]}" for name in fields}
    derived = {"isUpdate", "binaryVersionParts", "emulationVersionParts"}
    assert set(VARIABLES) == fields | stored | derived
