"""Keys lead nowhere but below a root."""

import pickle

import pytest

from lakehouse.storage.key import ROOT, Key


@pytest.mark.parametrize(
    "text", ["/a", "a/", "a//b", "..", "a/../b", "./a", "a/.", "a\0b", "/"],
    ids=["absolute", "trailing", "double", "up", "up inside", "here", "here at the end", "NUL", "root of the machine"],
)  # fmt: skip
def test_what_may_lead_out_of_the_root_or_has_two_names_is_no_key(text: str) -> None:
    with pytest.raises(ValueError, match="legal: names joined by single '/'"):
        Key(text)
    with pytest.raises(ValueError, match="legal"):
        Key("a") / text


@pytest.mark.parametrize("text", ["", "a", ".hidden", "...", "a b/c=d/é", "caf\udce9.jsonl", "a\\b", "a\nb"])
def test_any_other_name_is_legal_and_crosses_to_another_process(text: str) -> None:
    assert pickle.loads(pickle.dumps(Key(text))) == Key(text) == text


def test_keys_are_joined_and_taken_apart() -> None:
    key = ROOT / "models" / "v1/card.html"

    assert key == "models/v1/card.html"
    assert (key.name, key.parent, key.parent.parent.parent.parent) == ("card.html", "models/v1", ROOT)
    assert (key / "", key.relative_to("models"), key.relative_to(""), key.relative_to(key)) == (
        key, "v1/card.html", key, ROOT,
    )  # fmt: skip
    with pytest.raises(ValueError, match="legal: a key below 'model'"):
        key.relative_to("model")
