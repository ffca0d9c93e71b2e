"""`policy.yml` and `.lumyn` are two spellings of one policy."""

from __future__ import annotations

from hypothesis import event, given, settings
from hypothesis import strategies as st

from lumyn_compiler.pipeline import compile_text
from tests.generators.choices import Drawn
from tests.generators.spelling import spell
from tests.generators.yaml_pairs import make_yaml_pair
from tests.profiles import examples


@settings(max_examples=examples(400))
@given(st.data())
def test_yaml_and_lumyn_compile_to_one_hash(data: st.DataObject) -> None:
    """Whatever both can say."""
    policy, yaml = make_yaml_pair(Drawn(data.draw))
    from_yaml = compile_text(yaml, name="policy.yml")
    assert from_yaml.policy_hash == compile_text(spell(policy)).policy_hash, yaml
    event(f"rules: {len(policy.rules)}")
